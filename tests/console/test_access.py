"""Every address and every action, for every role and for nobody: a new page without a row in the table fails."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from integrations.choices import ShadowVerdict
from integrations.models import (
    Channel,
    ClientLink,
    Integration,
    Issue,
    ItemLink,
    LinkChange,
    PersonLink,
    Rehearsal,
    RehearsedQuote,
    RejectedWebhook,
    SettingsChange,
    ShadowFinding,
)
from integrations.models.roles import ROLES
from tests.admin.rows import PERSON, add_delivery, add_integration
from tests.console.access import MODELS, NO_ROLE, NOBODY, PAGES, WHO, Page

HERE = "tests/console/access.py"
_FIVE = ("_changelist", "_add", "_change", "_delete", "_history")


def addresses(resolver: Any = None, before: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Name and pattern of every address there is; an unnamed one is named by its own part of the pattern."""
    for part in (resolver or get_resolver()).url_patterns:
        pattern = f"{before}{part.pattern}"
        if isinstance(part, URLResolver):
            yield from addresses(part, pattern, (*spaces, *([part.namespace] if part.namespace else [])))
        elif isinstance(part, URLPattern):
            yield (":".join([*spaces, part.name]) if part.name else str(part.pattern)), pattern


ADDRESSES = list(addresses())


def test_every_address_has_a_row() -> None:
    missing = {name for name, _ in ADDRESSES} - set(PAGES)
    models = sorted(
        name.removeprefix("admin:").removesuffix("_changelist") for name in missing if "_changelist" in name
    )
    own = sorted(name for name in missing if not any(model in name and name.endswith(_FIVE) for model in models))
    assert not missing, "".join(
        f"\n{model} has no row in {HERE}. Add to MODELS who may see, add, change and delete it, as"
        f'\n    "{model}": Pages(view=READERS, change=OPERATORS),'
        for model in models
    ) + "".join(
        f"\n{name} has no row in {HERE}. Add to PAGES who may open it and who may post to it:"
        f'\n    "{name}": Page(get=OPERATORS, post=None),  # None: not answered that way'
        for name in own
    )


def test_every_row_has_an_address() -> None:
    stale = sorted(set(PAGES) - {name for name, _ in ADDRESSES})
    assert not stale, f"No such address any more, remove from {HERE}: {', '.join(stale)}"


@pytest.fixture
def rows(db: None) -> dict[str, Model]:
    """One row of each model that has pages."""
    integration = add_integration()
    now = timezone.now()
    delivery = add_delivery(integration, problem=PERSON)
    rehearsal = Rehearsal.objects.create(purpose="what_if", question="all", created_at=now)
    found: list[Model | None] = [
        *(rehearsal, delivery.attempts.get().settings_version),
        RehearsedQuote.objects.create(rehearsal=rehearsal, delivery=delivery, attempt=delivery.attempts.get()),
        ShadowFinding.objects.create(
            integration=integration,
            link=delivery.link,
            delivery=delivery,
            attempt=delivery.attempts.get(),
            verdict=ShadowVerdict.values[0],
            compared_at=now,
        ),
        *(integration, delivery, delivery.attempts.get(), delivery.issue, delivery.link),
        PersonLink.objects.create(integration=integration, email="ann@example.com", halo_user_id=41),
        ItemLink.objects.create(integration=integration, key="sku:x", halo_item_id=501),
        ClientLink.objects.create(integration=integration, key="acme", name="Acme", halo_client_id=7),
        Channel.objects.create(name="Office", recipients="office@example.com"),
        LinkChange.objects.create(
            integration=integration, kind="personlink", link_id=1, subject="a", what="Halo user", at=now
        ),
        RejectedWebhook.objects.create(integration=integration, day=now.date(), reason="bad_hash", count=2),
        SettingsChange.objects.filter(integration=integration).first(),
        Schedule.objects.first(),
        OrmQ.objects.create(key="portal", payload=""),
        Success.objects.create(id="1" * 32, name="a", func="a", started=now, stopped=now, success=True),
        Failure.objects.create(id="2" * 32, name="b", func="b", started=now, stopped=now, success=False),
        User.objects.create_user("other", password="x"),
        Group.objects.get(name="Viewer"),
    ]
    return {f"{row._meta.app_label}_{row._meta.model_name}": row for row in found if row is not None}


@pytest.fixture
def person(db: None, request: pytest.FixtureRequest) -> User | None:
    """Somebody of the role."""
    if request.param == NOBODY:
        return None
    user = User.objects.create_user("somebody", password="x", is_staff=True)
    if request.param != NO_ROLE:
        user.groups.set(Group.objects.filter(name=request.param))
    return User.objects.get(pk=user.pk)


def path_of(name: str, pattern: str, rows: dict[str, Model]) -> str:
    """Fill in the parts of an address."""
    model = next((key for key in rows if f"{key}_" in name), "integrations_issue")
    own = str(rows[model].pk)
    kind = ContentType.objects.get_for_model(Issue)
    integration = rows["integrations_integration"]
    assert isinstance(integration, Integration)
    values = {
        "<uuid:endpoint>": str(integration.endpoint),
        "<int:integration_id>": str(integration.pk),
        "<int:user_id>": "41",
        "<path:content_type_id>": str(kind.pk),
        "<path:object_id>": own,
        "<id>": own,
        "<str:form>": "csv",
        "(?P<url>.*)": "no-such-page",
        "^": "",
        "$": "",
    }
    pattern = re.sub(r"\(\?P<app_label>[^)]*\)", "integrations", pattern)
    for part, value in values.items():
        pattern = pattern.replace(part, value)
    assert "<" not in pattern, f"{name}: say in path_of what {pattern} is filled with"
    return f"/{pattern}"


def ask(signed_in: Client, method: str, path: str, page: Page) -> Any:
    """Ask as a person; whatever it does is undone."""
    client = Client(raise_request_exception=False)
    client.cookies.update(signed_in.cookies)
    with transaction.atomic():
        answer = client.get(path) if method == "get" else client.post(path, dict(page.data))
        if answer.streaming:
            list(answer)  # a file is made while it is read
        transaction.set_rollback(True)
    return answer


def judge(answer: Any, allowed: frozenset[str] | None, role: str, page: Page) -> str:
    """Return what is wrong with an answer, or ""."""
    status, to_login = answer.status_code, answer.headers.get("Location", "").startswith("/login/")
    if allowed is not None and role in allowed:
        fine = not to_login and (status < 400 or status in page.also)
        return "" if fine else f"is refused ({status}{', to the login' if to_login else ''})"
    if role == NOBODY and not page.open:
        return "" if to_login else f"answers {status} instead of asking for the login"
    expected = 405 if allowed is None else page.refusal
    return "" if status == expected else f"answers {status} instead of {expected}"


@pytest.mark.parametrize(("role", "person"), [(role, role) for role in WHO], indirect=["person"], ids=WHO)
def test_pages(role: str, person: User | None, rows: dict[str, Model]) -> None:
    wrong, client = [], Client()
    if person is not None:
        client.force_login(person)
    for name, pattern in ADDRESSES:
        page = PAGES[name]
        for method, allowed in (("get", page.get), ("post", page.post)):
            answer = ask(client, method, path_of(name, pattern, rows), page)
            if complaint := judge(answer, allowed, role, page):
                wrong.append(f"{role}: {method.upper()} {name} {complaint}")
    assert not wrong, f"Correct the page, or its row in {HERE}:\n" + "\n".join(wrong)


@pytest.mark.parametrize(("role", "person"), [(r, r) for r in WHO if r != NOBODY], indirect=["person"])
def test_actions_of_lists(role: str, person: User) -> None:
    request = RequestFactory().get("/")
    request.user = person
    wrong = []
    for model, model_admin in admin.site._registry.items():
        key = f"{model._meta.app_label}_{model._meta.model_name}"
        assert key in MODELS, f'{key} has no row in {HERE}. Add to MODELS: "{key}": Pages(view=READERS),'
        expected = {name for name, allowed in MODELS[key].actions if role in allowed}
        offered = set(_actions(model_admin, request))
        if offered != expected:
            wrong.append(f"{role}: {key} offers {sorted(offered)}, the table says {sorted(expected)}")
    assert not wrong, f"Correct the permissions, or `actions` in {HERE}:\n" + "\n".join(wrong)


def _actions(model_admin: Any, request: HttpRequest) -> Iterator[str]:
    if not (model_admin.has_view_permission(request) or model_admin.has_change_permission(request)):
        return
    yield from model_admin.get_actions(request)


def test_the_table_knows_every_role() -> None:
    assert set(WHO) - {NO_ROLE, NOBODY} == set(ROLES)

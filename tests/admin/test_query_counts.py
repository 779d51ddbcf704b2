"""A list of thirty rows costs as many queries as one of three: page by page, none left out."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from integrations.choices import ShadowVerdict, State
from integrations.domain.directory import HaloPerson, HaloSite
from integrations.models import (
    Channel,
    ClientLink,
    DirectorySite,
    DirectoryUser,
    Integration,
    ItemLink,
    LinkChange,
    PersonLink,
    ProductGroupMapping,
    Rehearsal,
    RehearsedQuote,
    RejectedWebhook,
    SettingsChange,
    SettingsVersion,
    ShadowFinding,
)
from tests.admin.rows import PERSON, add_delivery, add_integration

FEW, MANY = 3, 30
# A list with more than this asks something for each row, or too much.
MOST = 30


def deliveries(row: Integration, number: int) -> None:
    """Some that went through, some that wait for causes of their own, each tried by somebody."""
    problem = PERSON.model_copy(update={"message": f"Cause {number}"}) if number % 2 else None
    delivery = add_delivery(row, f"Q{number}", problem=problem, state=State.SUCCEEDED)
    someone, _ = User.objects.get_or_create(username=f"person {number % 5}")
    delivery.attempts.update(requested_by=someone)
    if delivery.issue:
        type(delivery.issue).objects.filter(pk=delivery.issue.pk).update(owner=someone)


def links(row: Integration, number: int) -> None:
    """Made by different people."""
    someone, _ = User.objects.get_or_create(username=f"person {number % 5}")
    PersonLink.objects.create(
        integration=row, email=f"p{number}@example.com", halo_user_id=number, created_by=someone
    )
    ItemLink.objects.create(integration=row, key=f"sku:{number}", halo_item_id=number, created_by=someone)
    ClientLink.objects.create(
        integration=row, key=f"c{number}", name=f"C{number}", halo_client_id=number, created_by=someone
    )
    LinkChange.objects.create(
        integration=row,
        kind=LinkChange.Kind.PERSON,
        link_id=number,
        subject="a",
        what="Halo user",
        by=someone,
        at=timezone.now(),
    )


def changes(row: Integration, number: int) -> None:
    """Of several objects by several people."""
    someone, _ = User.objects.get_or_create(username=f"person {number % 5}")
    ProductGroupMapping.objects.create(integration=row, category=f"Category {number}", halo_group_id=number + 1)
    SettingsChange.objects.filter(actor=None).update(actor=someone)


def tasks(row: Integration, number: int) -> None:
    """What django-q keeps."""
    now = timezone.now()
    for model, done in ((Success, True), (Failure, False)):
        key = f"{model.__name__[0]}{number:031d}"
        model.objects.create(id=key, name=key, func="f", started=now, stopped=now, success=done)
    Schedule.objects.create(name=f"schedule {number}", func="f")


def rejections(row: Integration, number: int) -> None:
    """One for each reason."""
    RejectedWebhook.objects.create(integration=row, day=now_day(), reason=f"r{number}", count=1)


def versions(row: Integration, number: int) -> None:
    """Different settings."""
    row.currency = f"C{number:02d}"
    SettingsVersion.of(row, row.rules())


def rehearsals(row: Integration, number: int) -> None:
    """Of one quote each, by different people."""
    delivery = add_delivery(row, f"Q{number}")
    someone, _ = User.objects.get_or_create(username=f"person {number % 5}")
    asked = Rehearsal.objects.create(
        purpose="what_if", question="all", created_at=timezone.now(), created_by=someone
    )
    RehearsedQuote.objects.create(rehearsal=asked, delivery=delivery, attempt=delivery.attempts.get())


def shadows(row: Integration, number: int) -> None:
    """Of one quote each."""
    delivery = add_delivery(row, f"Q{number}")
    ShadowFinding.objects.create(
        integration=row,
        link=delivery.link,
        delivery=delivery,
        attempt=delivery.attempts.get(),
        verdict=ShadowVerdict.values[0],
        compared_at=timezone.now(),
    )


def now_day() -> object:
    """Return today."""
    return timezone.localdate()


# How to make one more row of each list.
MAKERS: dict[str, Callable[[Integration, int], object]] = {
    "integrations_webhookdelivery": deliveries,
    "integrations_syncattempt": deliveries,
    "integrations_issue": deliveries,
    "integrations_quotelink": deliveries,
    "integrations_personlink": links,
    "integrations_itemlink": links,
    "integrations_clientlink": links,
    "integrations_linkchange": links,
    "integrations_settingsversion": versions,
    "integrations_rehearsal": rehearsals,
    "integrations_rehearsedquote": rehearsals,
    "integrations_shadowfinding": shadows,
    "integrations_channel": lambda row, number: Channel.objects.create(name=f"Channel {number}", integration=row),
    "integrations_integration": lambda row, number: add_integration(name=f"Another {number}"),
    "integrations_settingschange": changes,
    "integrations_rejectedwebhook": rejections,
    "auth_user": lambda row, number: User.objects.create_user(f"user {number}"),
    "auth_group": lambda row, number: Group.objects.create(name=f"group {number}"),
    "django_q_success": tasks,
    "django_q_failure": tasks,
    "django_q_schedule": tasks,
}
# For superusers alone, and empty but for moments.
LEFT_OUT = {f"{OrmQ._meta.app_label}_{OrmQ._meta.model_name}"}
LISTS = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}


def test_every_list_is_counted() -> None:
    missing = sorted(LISTS - set(MAKERS) - LEFT_OUT)
    assert not missing, "".join(
        f'\n{name}: add to MAKERS how to make a row of it, as\n    "{name}": lambda row, number: …,'
        for name in missing
    )


def cost(client: Client, path: str) -> list[str]:
    """Return the queries of a page, after one visit that fills what is kept between requests."""
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
        if answer.streaming:
            list(answer)  # a file is made while it is read
    assert answer.status_code == 200
    return [query["sql"] for query in queries.captured_queries]


def grown(client: Client, row: Integration, path: str, make: Callable[[Integration, int], object]) -> None:
    """Hold a page to the number of queries that it had when it was short."""
    for number in range(FEW):
        make(row, number)
    few = cost(client, path)
    for number in range(FEW, MANY):
        make(row, number)
    many = cost(client, path)
    assert len(many) <= len(few) <= MOST, "\n".join(sql[:160] for sql in many)


@pytest.mark.parametrize("name", sorted(set(MAKERS) & LISTS))
def test_a_list_costs_the_same_however_long(boss: Client, row: Integration, name: str) -> None:
    grown(boss, row, reverse(f"admin:{name}_changelist"), MAKERS[name])


def people(row: Integration, number: int) -> None:
    """Halo's users and sites, as copied."""
    site = HaloSite(id=number + 1, name=f"Site {number}")
    ann = HaloPerson(id=number + 1, name=f"Ann {number}", site_id=number + 1)
    DirectorySite.of(row, site, round_=1).save()
    DirectoryUser.of(row, ann, round_=1).save()


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("/", deliveries),
        (reverse("admin:integrations_home_fragment"), deliveries),
        (f"{reverse('people:search')}?q=ann", people),
        (f"{reverse('people:results')}?q=ann", people),
        (reverse("addresses:check"), people),
        (reverse("admin:integrations_webhookdelivery_export", args=["csv"]), deliveries),
        (f"{reverse('admin:integrations_webhookdelivery_changelist')}?q=Refresh", deliveries),
    ],
)
def test_a_page_costs_the_same_however_much_it_shows(
    boss: Client, row: Integration, path: str, make: Callable[[Integration, int], object]
) -> None:
    grown(boss, row, path, make)


@pytest.mark.parametrize("name", ["issue", "quotelink"])
def test_what_is_under_one_cause_or_quote_costs_the_same(boss: Client, row: Integration, name: str) -> None:
    first = add_delivery(row, "1", problem=PERSON)
    target = first.issue if name == "issue" else first.link
    assert target is not None

    def make(row: Integration, number: int) -> None:
        more = {"quote_id": f"r{number}"}
        delivery = add_delivery(row, "1" if name == "quotelink" else f"Q{number}", problem=PERSON, **more)
        assert delivery.issue_id == first.issue_id

    grown(boss, row, reverse(f"admin:integrations_{name}_change", args=[target.pk]), make)

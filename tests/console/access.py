"""Who may open and press what: a row for every address of the portal. `test_access.py` holds the portal to it."""

from collections.abc import Iterator
from dataclasses import dataclass

VIEWER, SALES, OPERATOR, ADMINISTRATOR = "Viewer", "Sales", "Operator", "Administrator"
# Signed in without a role, and not signed in.
NO_ROLE, NOBODY = "No role", "Nobody"
WHO = (VIEWER, SALES, OPERATOR, ADMINISTRATOR, NO_ROLE, NOBODY)

Who = frozenset[str]
NONE: Who = frozenset()
ADMINS: Who = frozenset({ADMINISTRATOR})
OPERATORS: Who = ADMINS | {OPERATOR}
SELLERS: Who = OPERATORS | {SALES}
READERS: Who = SELLERS | {VIEWER}
STAFF: Who = READERS | {NO_ROLE}
ANYBODY: Who = STAFF | {NOBODY}


@dataclass(frozen=True)
class Page:
    """Who may read a page (GET) and who may press what is on it (POST); None: not answered that way, 405."""

    get: Who | None
    post: Who | None
    # How it answers those who may, where that is neither a page nor a redirect; and those who may not.
    also: frozenset[int] = frozenset()
    refusal: int = 403
    # To the world: everybody else is asked for the login before anything.
    open: bool = False
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pages:
    """The five pages that the admin gives every model."""

    view: Who
    add: Who = NONE
    change: Who = NONE
    delete: Who = NONE
    actions: tuple[tuple[str, Who], ...] = ()
    # Pages of ours that only show: a form posted to them changes nothing.
    shows_only: bool = False

    def each(self, model: str) -> Iterator[tuple[str, Page]]:
        """Name them."""
        yield f"admin:{model}_changelist", Page(self.view, self.view)
        yield f"admin:{model}_add", Page(self.add, self.add)
        yield f"admin:{model}_change", Page(self.view, self.view if self.shows_only else self.change)
        yield f"admin:{model}_delete", Page(self.delete, self.delete)
        yield f"admin:{model}_history", Page(self.view, self.view)


MODELS: dict[str, Pages] = {
    "integrations_webhookdelivery": Pages(
        READERS, actions=(("sync_selected_again", OPERATORS), ("replay_selected", OPERATORS)), shows_only=True
    ),
    "integrations_syncattempt": Pages(READERS, shows_only=True),
    "integrations_issue": Pages(READERS, shows_only=True),
    "integrations_quotelink": Pages(READERS, change=OPERATORS),
    "integrations_personlink": Pages(
        READERS, add=SELLERS, change=SELLERS, delete=OPERATORS, actions=(("delete_selected", OPERATORS),)
    ),
    "integrations_itemlink": Pages(
        READERS, add=OPERATORS, change=OPERATORS, delete=OPERATORS, actions=(("delete_selected", OPERATORS),)
    ),
    "integrations_clientlink": Pages(
        READERS, add=OPERATORS, change=OPERATORS, delete=OPERATORS, actions=(("delete_selected", OPERATORS),)
    ),
    "integrations_linkchange": Pages(READERS),
    "integrations_settingsversion": Pages(READERS, shows_only=True),
    "integrations_rehearsal": Pages(READERS, shows_only=True),
    "integrations_rehearsedquote": Pages(READERS, shows_only=True),
    "integrations_shadowfinding": Pages(
        READERS, actions=(("compare_selected_again", OPERATORS),), shows_only=True
    ),
    "integrations_channel": Pages(
        READERS, add=ADMINS, change=ADMINS, delete=ADMINS, actions=(("delete_selected", ADMINS),)
    ),
    "integrations_integration": Pages(READERS, add=ADMINS, change=ADMINS),
    "integrations_settingschange": Pages(READERS),
    "integrations_rejectedwebhook": Pages(OPERATORS),
    "auth_user": Pages(ADMINS, add=ADMINS, change=ADMINS),
    "auth_group": Pages(ADMINS),
    # The engine room is for superusers, who are in no role.
    "django_q_success": Pages(NONE),
    "django_q_failure": Pages(NONE),
    "django_q_schedule": Pages(NONE),
    "django_q_ormq": Pages(NONE),
}

_DELIVERY, _INTEGRATION, _ISSUE = (
    f"admin:integrations_{name}" for name in ("webhookdelivery", "integration", "issue")
)
PAGES: dict[str, Page] = {
    # Open to the world: probes, and what Quoter posts to. The hash is their lock, not an account.
    "healthz": Page(ANYBODY, None, open=True),
    "readyz": Page(ANYBODY, None, open=True, also=frozenset({503})),
    "metrics": Page(NONE, None, open=True, refusal=404),  # without a token in the environment
    "quoter_webhook": Page(None, ANYBODY, open=True, also=frozenset({400})),
    "webhooks/quoter/<uuid:endpoint>": Page(None, ANYBODY, open=True, also=frozenset({400})),
    "admin:login": Page(ANYBODY, ANYBODY, open=True),
    # Everybody's own.
    "admin:index": Page(STAFF, STAFF),
    "admin:logout": Page(None, STAFF),
    "admin:password_change": Page(STAFF, STAFF),
    "admin:password_change_done": Page(STAFF, None),
    "admin:jsi18n": Page(STAFF, None),
    "admin:search": Page(STAFF, STAFF),
    "admin:integrations_home_fragment": Page(STAFF, None),
    "admin:app_list": Page(READERS, READERS, refusal=404),
    "admin:autocomplete": Page(NONE, None),
    "admin:view_on_site": Page(STAFF, STAFF, also=frozenset({404})),
    # The unnamed ones go by their pattern.
    "<path:object_id>/": Page(STAFF, STAFF),  # leads to the page itself, which asks
    "(?P<url>.*)$": Page(STAFF, STAFF, also=frozenset({404})),
    # People and addresses.
    "people:search": Page(SELLERS, None),
    "people:results": Page(SELLERS, None),
    "people:person": Page(SELLERS, None, also=frozenset({502})),
    "people:push": Page(None, SELLERS),
    "people:quote": Page(SELLERS, SELLERS),
    "people:opportunity": Page(SELLERS, SELLERS),
    "addresses:check": Page(SELLERS, None),
    "addresses:csv": Page(SELLERS, None),
    "addresses:preview": Page(SELLERS, None),
    # Quotes, attempts, causes.
    f"{_DELIVERY}_export": Page(READERS, None),
    "admin:integrations_syncattempt_export": Page(READERS, None),
    f"{_ISSUE}_export": Page(READERS, None),
    f"{_DELIVERY}_preview": Page(SELLERS, None),
    f"{_DELIVERY}_decide": Page(None, SELLERS, data=(("code", "person_ambiguous"), ("halo_id", "41"))),
    f"{_DELIVERY}_sync_again": Page(None, OPERATORS),
    f"{_DELIVERY}_settle": Page(None, OPERATORS, data=(("decision", "keep_halo"),)),
    f"{_DELIVERY}_group": Page(None, OPERATORS),
    f"{_ISSUE}_sync_again": Page(None, OPERATORS),
    f"{_ISSUE}_keep": Page(None, OPERATORS),
    # Settings.
    f"{_INTEGRATION}_doctor": Page(OPERATORS, None),
    f"{_INTEGRATION}_pause": Page(OPERATORS, OPERATORS),
    f"{_INTEGRATION}_resume": Page(None, OPERATORS),
    f"{_DELIVERY}_replay": Page(OPERATORS, OPERATORS),
    "admin:integrations_rehearsal_what_if": Page(OPERATORS, OPERATORS),
    "admin:integrations_rehearsal_stop": Page(None, OPERATORS),
    "admin:integrations_rehearsal_ask_halo": Page(None, OPERATORS),
    "admin:integrations_rehearsal_carry_out": Page(None, OPERATORS),
    "admin:integrations_rehearsedquote_export": Page(READERS, None),
    "admin:integrations_shadowfinding_again": Page(None, OPERATORS),
    "admin:integrations_shadowfinding_choose": Page(None, OPERATORS),
    "admin:integrations_shadowfinding_export": Page(READERS, None),
    f"{_INTEGRATION}_shadow": Page(ADMINS, ADMINS),
    f"{_INTEGRATION}_go_live": Page(ADMINS, ADMINS),
    f"{_INTEGRATION}_look_now": Page(None, OPERATORS),
    f"{_INTEGRATION}_try_now": Page(None, OPERATORS),
    "ledger": Page(READERS, None),
    "admin:integrations_channel_test": Page(None, ADMINS),
    f"{_INTEGRATION}_guide": Page(ADMINS, None),
    f"{_INTEGRATION}_switch_on": Page(None, ADMINS),
    f"{_INTEGRATION}_test_connection": Page(None, ADMINS),
    f"{_INTEGRATION}_new_hash_key": Page(None, ADMINS),
    f"{_INTEGRATION}_in_halo": Page(ADMINS, ADMINS),
    f"{_INTEGRATION}_groups": Page(ADMINS, ADMINS),
    "admin:auth_user_password_change": Page(ADMINS, ADMINS),
    **{name: page for model, pages in MODELS.items() for name, page in pages.each(model)},
}

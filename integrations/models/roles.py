"""The four roles, as Django groups whose permissions are kept as they stand here."""

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission

from integrations.models.history import unrecorded

_RECORDS = (
    *("webhookdelivery", "syncattempt", "issue", "quotelink", "personlink", "itemlink", "clientlink"),
    *("linkchange", "settingsversion", "rehearsal", "rehearsedquote", "shadowfinding"),
)
_SETTINGS = ("integration", "addressmapping", "productgroupmapping", "channel")

_VIEWER = {f"integrations.view_{name}" for name in (*_RECORDS, *_SETTINGS, "settingschange")}
_SALES = _VIEWER | {
    "integrations.decide_webhookdelivery",
    *(f"integrations.{what}_personlink" for what in ("add", "change", "search")),
    *("integrations.add_startedquote", "integrations.add_newopportunity"),
}
_OPERATOR = _SALES | {
    "integrations.change_webhookdelivery",
    "integrations.change_issue",
    "integrations.change_quotelink",
    "integrations.delete_personlink",
    "integrations.check_integration",
    "integrations.pause_integration",
    "integrations.view_rejectedwebhook",
    "integrations.add_rehearsal",
    "integrations.change_rehearsal",
    "integrations.change_shadowfinding",
    *(
        f"integrations.{what}_{name}"
        for what in ("add", "change", "delete")
        for name in ("itemlink", "clientlink")
    ),
}
_ADMINISTRATOR = _OPERATOR | {
    "integrations.shadow_integration",
    *(f"integrations.{what}_{name}" for what in ("add", "change") for name in _SETTINGS),
    *(f"integrations.delete_{name}" for name in ("addressmapping", "productgroupmapping", "channel")),
    "auth.view_user",
    "auth.add_user",
    "auth.change_user",
    "auth.view_group",
}
ROLES: Mapping[str, frozenset[str]] = {
    "Viewer": frozenset(_VIEWER),
    "Sales": frozenset(_SALES),
    "Operator": frozenset(_OPERATOR),
    "Administrator": frozenset(_ADMINISTRATOR),
}


def ensure_roles(**kwargs: object) -> None:
    """Make the roles and give each exactly its permissions; called after every migration."""
    known = {
        f"{app}.{codename}": pk
        for app, codename, pk in Permission.objects.values_list("content_type__app_label", "codename", "pk")
    }
    for name, wanted in ROLES.items():
        with unrecorded():
            group, _ = Group.objects.get_or_create(name=name)
            # Another app's permissions may not be made yet; its own signal comes later in the same run.
            group.permissions.set([known[code] for code in wanted if code in known])

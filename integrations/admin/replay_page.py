"""Replay: which quotes, with which settings; the preview follows before anything is synced."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from integrations.admin.again import person
from integrations.admin.base import RecordAdmin, change_url, list_url, plural, tell
from integrations.admin.triggers import day_of
from integrations.errors import PortalError
from integrations.lookup.rehearsals import MOST, MOST_WITH_OLDER, Reach, Wish, begin, reach_of
from integrations.models import Integration, Rehearsal, SettingsVersion, WebhookDelivery

if TYPE_CHECKING:
    _Base = RecordAdmin[WebhookDelivery]
else:
    _Base = object

_LONGEST = 200  # ids in an address
_VERSIONS = 100
_WORDS = {"state__exact": "state", "kind__exact": "kind", "received_at_from": "from", "received_at_to": "until"}


class ReplayPages(_Base):
    """Adds the page that begins a replay to the deliveries' admin."""

    def replay_urls(self) -> list[URLPattern]:
        """Return its address."""
        view = self.admin_site.admin_view(self.replay_view)
        return [path("replay/", view, name="integrations_webhookdelivery_replay")]

    @method_decorator(require_http_methods(["GET", "POST"]))
    def replay_view(self, request: HttpRequest) -> HttpResponse:
        """Ask with which settings; then begin the preview."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        chosen = chosen_ids(request)
        try:
            rows = WebhookDelivery.objects.filter(pk__in=chosen) if chosen else self._listed(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(list_url(WebhookDelivery))
        question = self._question(request, chosen)
        if request.method == "POST":
            try:
                return HttpResponseRedirect(change_url(begin(rows, _wish(request, question, bool(chosen)))))
            except PortalError as exc:
                tell(request, exc)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": None,
            "title": "Replay",
            "question": question,
            **_page(rows, chosen=bool(chosen)),
        }
        return TemplateResponse(request, "integrations/replay.html", context)

    def _listed(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        queryset: QuerySet[WebhookDelivery] = self.get_changelist_instance(request).queryset
        return queryset

    def _question(self, request: HttpRequest, chosen: list[int]) -> str:
        if len(chosen) == 1:
            delivery = WebhookDelivery.objects.filter(pk=chosen[0]).first()
            return f"{delivery} {delivery.quote_name}".strip() if delivery else "One quote"
        return f"{plural(len(chosen), 'chosen delivery', 'chosen deliveries')}" if chosen else _in_words(request)


def chosen_ids(request: HttpRequest) -> list[int]:
    """Return the deliveries that were ticked one by one."""
    given = request.GET.get("ids", "").split(",")
    return [int(text) for text in given if text.isascii() and text.isdigit()][:_LONGEST]


def replay_url(ids: list[int]) -> str:
    """Return the address of the page for chosen deliveries."""
    return f"{reverse('admin:integrations_webhookdelivery_replay')}?ids={','.join(map(str, ids))}"


def to_replay_page(request: HttpRequest, ids: list[int]) -> HttpResponse | None:
    """Lead to the page for what was ticked in the list; None where that is more than can be ticked one by one."""
    if len(ids) > _LONGEST:
        messages.info(request, "For so many, narrow the list and use “Replay what this list shows” below it.")
        return None
    return HttpResponseRedirect(replay_url(ids))


def _wish(request: HttpRequest, question: str, chosen: bool) -> Wish:
    given, number = request.POST.get("using", ""), request.POST.get("version", "")
    using = Rehearsal.Using(given) if given in Rehearsal.Using else Rehearsal.Using.TODAY
    version = None
    if using is Rehearsal.Using.VERSION and number.isascii() and number.isdigit():
        version = SettingsVersion.objects.select_related("integration").filter(pk=number).first()
    return Wish(
        purpose=Rehearsal.Purpose.REPLAY,
        using=using,
        version=version,
        question=question,
        by=person(request),
        now=timezone.now(),
        chosen=chosen,
    )


def _page(rows: QuerySet[WebhookDelivery], *, chosen: bool) -> dict[str, Any]:
    reach = reach_of(rows)
    most = MOST[Rehearsal.Purpose.REPLAY]
    older = chosen and reach.deliveries <= MOST_WITH_OLDER
    integrations = set(rows.order_by().values_list("integration", flat=True).distinct()[:2])
    versions = SettingsVersion.objects.filter(integration__in=integrations).order_by("-number")
    only_one = older and len(integrations) == 1
    return {
        "sentence": _sentence(reach),
        "reach": reach,
        "too_many": reach.deliveries > most,
        "most": most,
        "most_with_older": MOST_WITH_OLDER,
        "older": older,
        "versions": [(row.pk, f"version {row.number}, {day_of(row)}") for row in versions[:_VERSIONS]]
        if only_one
        else [],
        "list_url": list_url(WebhookDelivery),
    }


def _sentence(reach: Reach) -> str:
    deliveries = plural(reach.deliveries, "delivery", "deliveries")
    return f"This syncs {deliveries} of {plural(reach.quotes, 'quote')} again."


def _in_words(request: HttpRequest) -> str:
    """Return the list's filters as words."""
    texts = []
    for name, values in request.GET.lists():
        shown = " or ".join(value.replace("_", " ") for value in values if value)
        if not shown or name in ("o", "p", "all"):
            continue
        if name == "q":
            texts.append(f"search “{shown}”")
        elif name.startswith("integration__"):
            found = Integration.objects.filter(pk__in=[v for v in values if v.isdigit()])
            texts.append(" or ".join(str(row) for row in found))
        else:
            texts.append(f"{_WORDS.get(name, name.replace('__', ' '))} {shown}")
    return f"All quotes with {', '.join(texts)}" if texts else "All quotes"

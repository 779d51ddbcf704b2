"""Pages beside an integration's settings: the doctor, and the pause."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from integrations.admin import show
from integrations.admin.again import person
from integrations.admin.base import ModelAdmin, allowed, back_to, change_url, frame, may, plural
from integrations.admin.breaker_line import held_cards, held_of
from integrations.admin.fixes import field_url
from integrations.admin.guide_page import guide_page
from integrations.admin.pause_form import PauseForm, pause_line
from integrations.admin.webhooks_seen import webhooks_seen
from integrations.choices import PauseScope
from integrations.lookup.checkups import checkup, last_checkup
from integrations.lookup.doctor import Report
from integrations.lookup.finding import Grade
from integrations.lookup.guide import switch_on
from integrations.lookup.pausing import Pause, pause, resume
from integrations.models import Integration
from integrations.sync.breaker import ring_trials, try_now
from integrations.sync.enqueue import look_soon, ring_due
from integrations.sync.surroundings import Surroundings

if TYPE_CHECKING:
    _Base = ModelAdmin[Integration]
else:
    _Base = object

_TONES = {Grade.GOOD: "good", Grade.UNSURE: "warn", Grade.BAD: "bad"}
_WORDS = {Grade.GOOD: "Good", Grade.UNSURE: "Look", Grade.BAD: "Repair"}
_VERDICTS = {
    Grade.GOOD: "Everything is in order.",
    Grade.UNSURE: "Nothing is broken. Some points cannot be proven, or deserve a look.",
    Grade.BAD: "Some points stop quotes. Repair the red ones first.",
}


class IntegrationPages(_Base):
    """Adds the doctor and the pause to the integrations' admin."""

    def page_urls(self) -> list[URLPattern]:
        """Return their addresses."""
        views = (
            ("doctor", self.doctor_view),
            ("guide", self.guide_view),
            ("pause", self.pause_view),
            ("resume", self.resume_view),
            ("switch_on", self.switch_on_view),
            ("look_now", self.look_now_view),
            ("try_now", self.try_now_view),
        )
        wrap, prefix = self.admin_site.admin_view, "integrations_integration"
        return [
            path(f"<path:object_id>/{name.replace('_', '-')}/", wrap(view), name=f"{prefix}_{name}")
            for name, view in views
        ]

    def page_card(self, request: HttpRequest, integration: Integration) -> dict[str, Any]:
        """Return what the settings page shows of them."""
        return {
            "may_check": may(request, "check", Integration),
            "may_pause": may(request, "pause", Integration),
            "pause": pause_line(integration),
            "seen": webhooks_seen(integration, now=timezone.now()),
            "held_back": held_cards(request, integration),
            "checkup": _last(integration),
            "guide_url": reverse("admin:integrations_integration_guide", args=[integration.pk]),
            "doctor_url": reverse("admin:integrations_integration_doctor", args=[integration.pk]),
            "pause_url": reverse("admin:integrations_integration_pause", args=[integration.pk]),
            "resume_url": reverse("admin:integrations_integration_resume", args=[integration.pk]),
        }

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin switched off: the guide switches it on once the doctor has looked."""
        return {**super().get_changeform_initial_data(request), "enabled": False}

    @admin.display(description="Work", ordering="enabled")
    def work(self, integration: Integration) -> SafeString:
        """Show whether it works, is paused or switched off."""
        if not integration.enabled:
            return show.two(format_html('<span class="qp-pill qp-calm">{}</span>', "Off"), "")
        if line := pause_line(integration):
            return format_html(
                '<span class="qp-pill qp-warn">Paused</span><span class="qp-reason" title="{}">{}</span>',
                line,
                line,
            )
        if line := held_of(integration):
            return format_html(
                '<span class="qp-pill qp-bad">Held back</span><span class="qp-reason" title="{}">{}</span>',
                line,
                line,
            )
        if integration.shadow:
            return show.two(show.pill_in("wait", "Shadow mode"), "Nothing is written to Halo")
        return show.two(format_html('<span class="qp-pill qp-good">{}</span>', "On"), "")

    @method_decorator(require_safe)
    def doctor_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look at everything a quote's way depends on."""
        integration = allowed(self, request, object_id, may(request, "check", Integration))
        report = checkup(integration, surroundings=Surroundings())
        context = {**frame(self, request, integration, "Doctor"), **_view(report, integration)}
        context["may_act"] = may(request, "change", Integration)
        return TemplateResponse(request, "integrations/doctor.html", context)

    @method_decorator(require_safe)
    def guide_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show where setting it up stands."""
        integration = allowed(self, request, object_id, may(request, "change", Integration))
        context = {**frame(self, request, integration, "Set-up guide"), **guide_page(integration)}
        return TemplateResponse(request, "integrations/guide.html", context)

    @method_decorator(require_POST)
    def switch_on_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let it work, and what has waited go on."""
        integration = allowed(self, request, object_id, may(request, "change", Integration))
        switch_on(integration)
        ring_due(now=timezone.now(), again_after_s=0)
        self.log_change(request, integration, [{"changed": {"fields": ["Enabled"]}}])
        self.message_user(request, f"{integration} is on.", level="SUCCESS")
        return HttpResponseRedirect(reverse("admin:integrations_integration_guide", args=[integration.pk]))

    @method_decorator(require_POST)
    def look_now_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look in Quoter for what no webhook told."""
        integration = allowed(self, request, object_id, may(request, "check", Integration))
        look_soon(integration.pk)
        self.message_user(request, "The portal looks now. Load this page again in a moment to see what it found.")
        return HttpResponseRedirect(f"{change_url(integration)}#webhooks-seen")

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what to pause, and pause it."""
        integration = allowed(self, request, object_id, may(request, "pause", Integration))
        form = PauseForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            now, given = timezone.now(), form.cleaned_data
            scope = PauseScope(given["scope"])
            chosen = Pause(scope=scope, reason=given["reason"], until=form.until(now), by=person(request))
            pause(integration, chosen, now=now)
            self.log_change(request, integration, f"Paused ({scope.label.lower()}): {given['reason']}")
            self.message_user(request, f"{integration} is paused. Webhooks are still accepted and wait.")
            return back_to(integration)
        context = {**frame(self, request, integration, "Pause"), "form": form, "pause": pause_line(integration)}
        return TemplateResponse(request, "integrations/pause.html", context)

    @method_decorator(require_POST)
    def resume_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let it go on."""
        integration = allowed(self, request, object_id, may(request, "pause", Integration))
        count = resume(integration, now=timezone.now())
        self.log_change(request, integration, "Resumed")
        rest = f"{plural(count, 'waiting quote')} will be synced now." if count else "Nothing had waited."
        self.message_user(request, f"{integration} goes on. {rest}", level="SUCCESS")
        return back_to(integration)

    @method_decorator(require_POST)
    def try_now_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let one of the quotes that are held back try at once."""
        integration = allowed(self, request, object_id, may(request, "pause", Integration))
        if try_now(integration, now=timezone.now()):
            ring_trials(now=timezone.now())
            text = f"{integration} tries one quote now. If Halo answers, the others follow by themselves."
            self.log_change(request, integration, "Tried Halo at once")
            self.message_user(request, text, level="SUCCESS")
        else:
            self.message_user(request, f"Nothing of {integration} is held back any more.")
        return back_to(integration)


def _last(integration: Integration) -> dict[str, Any] | None:
    found = last_checkup(integration)
    if found is None:
        return None
    grade = Grade(found.grade)
    wrong = [row["title"] for row in found.findings if row["grade"] == Grade.BAD]
    return {
        "tone": _TONES[grade],
        "word": _WORDS[grade],
        "at": show.moment(found.examined_at),
        "wrong": ", ".join(wrong),
    }


def _view(report: Report, integration: Integration) -> dict[str, Any]:
    return {
        "tone": _TONES[report.grade],
        "verdict": _VERDICTS[report.grade],
        "at": show.moment(report.at),
        "rows": [
            {
                "title": finding.title,
                "tone": _TONES[finding.grade],
                "word": _WORDS[finding.grade],
                "sentence": finding.sentence,
                "way_out": finding.way_out,
                "fix": field_url(integration, finding.field) if finding.field else "",
            }
            for finding in sorted(report.findings, key=lambda f: list(Grade).index(f.grade), reverse=True)
        ],
    }

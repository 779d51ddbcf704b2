"""The set-up guide: where a new integration stands, and the way to the next step."""

from typing import Any

from django.urls import reverse

from integrations.admin import show
from integrations.admin.base import change_url, list_url
from integrations.lookup.guide import Step, is_checked, steps
from integrations.models import Integration, WebhookDelivery


def guide_page(integration: Integration) -> dict[str, Any]:
    """Return the context of `integrations/guide.html`."""
    found = steps(integration)
    needed = [step for step in found if not step.optional]
    todo = next((step for step in needed if not step.done), None)
    return {
        "steps": [_view(step, integration, is_next=step is todo) for step in found],
        "done": sum(step.done for step in needed),
        "needed": len(needed),
        "ready": is_checked(integration),
        "waiting": todo is not None and todo.place == "quotes",
        "switch_on_url": reverse("admin:integrations_integration_switch_on", args=[integration.pk]),
    }


def _view(step: Step, integration: Integration, *, is_next: bool) -> dict[str, Any]:
    if step.done:
        tone, word = "good", "Done"
    elif is_next:
        tone, word = "wait", "Next"
    else:
        tone, word = "calm", "Optional" if step.optional else "To do"
    return {
        "title": step.title,
        "tone": tone,
        "word": word,
        "sentence": step.sentence,
        "at": show.moment(step.at) if step.at else "",
        "button": "Change it" if step.done and step.button == "Enter it" else step.button,
        "url": _url(step.place, integration),
    }


def _url(place: str, integration: Integration) -> str:
    if place in ("doctor", "in_halo", "groups"):
        return reverse(f"admin:integrations_integration_{place}", args=[integration.pk])
    if place == "quotes":
        return list_url(WebhookDelivery, f"integration__id__exact={integration.pk}")
    return f"{change_url(integration)}#{place}"

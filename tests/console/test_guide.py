"""The set-up guide: its steps follow from the settings, so it can be left and taken up again."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from integrations.choices import State
from integrations.models import Integration
from tests.console.conftest import LINES, SignIn
from tests.portal import Portal


def words(client: Client, integration: Integration) -> list[str]:
    page = client.get(reverse("admin:integrations_integration_guide", args=[integration.pk])).content.decode()
    return re.findall(r'<li>\s*<span class="qp-pill qp-\w+">(\w[\w ]*)</span>', page)


def test_new_integration_begins_switched_off_and_at_the_first_step(db: None, sign_in: SignIn) -> None:
    client = sign_in("Administrator")
    form = client.get(reverse("admin:integrations_integration_add")).context["adminform"].form
    assert form.get_initial_for_field(form.fields["enabled"], "enabled") is False
    bare = Integration.objects.create(name="New", enabled=False)
    assert words(client, bare) == [
        *("Next", "To do", "To do", "Optional", "To do", "To do", "Optional", "To do", "To do")
    ]


def test_steps_follow_the_settings_up_to_the_first_webhook(portal: Portal, sign_in: SignIn) -> None:
    client, integration = sign_in("Administrator"), portal.integration
    assert words(client, integration) == ["Done"] * 6 + ["Optional", "Next", "To do"]
    client.get(reverse("admin:integrations_integration_doctor", args=[integration.pk]))
    # No worker runs in a test, so the doctor's verdict is red.
    assert words(client, integration)[7] == "Next"
    Integration.objects.update(check_grade="unsure")
    assert words(client, integration)[7:] == ["Done", "Next"]
    portal.receive(portal.publish(LINES))
    assert words(client, integration)[7:] == ["Done", "Done"]


@pytest.mark.parametrize(("grade", "label"), [("bad", "Switch it on anyway"), ("good", "Switch it on")])
def test_switching_on_lets_go_what_waited(portal: Portal, sign_in: SignIn, grade: str, label: str) -> None:
    Integration.objects.update(enabled=False, check_grade=grade)
    portal.receive(portal.publish(LINES))
    assert portal.work() == ["not due"]
    client = sign_in("Administrator")
    page = client.get(reverse("admin:integrations_integration_guide", args=[portal.integration.pk]))
    assert re.search(rf">\s*{label}\s*</button>", page.content.decode())
    client.post(reverse("admin:integrations_integration_switch_on", args=[portal.integration.pk]))
    assert portal.work() == [State.SUCCEEDED]


@pytest.mark.parametrize("role", ["Viewer", "Sales", "Operator"])
def test_guide_is_for_administrators(integration: Integration, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    assert client.get(reverse("admin:integrations_integration_guide", args=[integration.pk])).status_code == 403
    answer = client.post(reverse("admin:integrations_integration_switch_on", args=[integration.pk]))
    assert answer.status_code == 403

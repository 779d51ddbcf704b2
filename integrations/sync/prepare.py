"""Creating what a policy allows: client, user, opportunity; and letting the opportunity follow its quote."""

from integrations.domain.leads import CreateLead
from integrations.domain.preparations import CreateClient, CreateOpportunity, CreateUser, UpdateOpportunity
from integrations.domain.prepare import Preparation
from integrations.domain.text import fold
from integrations.halo.creations import client_body, lead_body, opportunity_body, opportunity_update, user_body
from integrations.halo.people import PeopleClient
from integrations.sync.claim import Lease
from integrations.sync.intents import Writer
from integrations.sync.record import StepNotes
from integrations.sync.verify import AppliedWithDifferences


class Preparer:
    """Writes to Halo under one lease, each write on record before it is sent."""

    def __init__(self, client: PeopleClient, *, lease: Lease, writer: Writer) -> None:
        self._client = client
        self._lease = lease
        self._writer = writer

    def create(self, action: Preparation, notes: StepNotes) -> None:
        """Create what is missing. A second try finds it by e-mail address or marker, and makes no other."""
        if isinstance(action, CreateClient):
            self._create_client(action, notes)
        elif isinstance(action, CreateUser):
            self._create_user(action, notes)
        elif isinstance(action, CreateLead):
            self._create_lead(action, notes)
        else:
            self._create_opportunity(action, notes)

    def _create_client(self, action: CreateClient, notes: StepNotes) -> None:
        mapping = dict(self._lease.delivery.integration.addresses.values_list("quoter_field", "halo_field"))
        body = client_body(action, mapping=mapping)
        # Halo makes the contact along with the client: both are one write, and each may be wanted by others.
        keys = [f"client:{fold(action.name)}"[:500], _user_key(action.contact.email)]
        client_id = self._writer.write(
            keys, lambda: self._client.create_client(body), keep=lambda made: [made, made]
        )
        notes.fact("Client created", f"{action.name}, id {client_id}, with {action.contact.name}")
        notes.summary = f"Client {action.name} was created with {action.contact.name}."

    def _create_user(self, action: CreateUser, notes: StepNotes) -> None:
        body = user_body(action, site_id=self._client.main_site(action.client_id))
        key = _user_key(action.contact.email)
        user_id = self._writer.write([key], lambda: self._client.create_user(body), keep=lambda made: [made])
        notes.fact("User created", f"{action.contact.name}, id {user_id}, at {action.client_name}")
        notes.summary = f"{action.contact.name} was created at {action.client_name}."

    def _create_opportunity(self, action: CreateOpportunity, notes: StepNotes) -> None:
        def keep(opportunity_id: int) -> list[int]:
            self._lease.update_link(
                halo_opportunity_id=opportunity_id,
                opportunity_source="The portal made it for this quote.",
                opportunity_value=action.value,
            )
            return [opportunity_id]

        key = f"opportunity:{self._lease.delivery.link_id}"
        body = opportunity_body(action)
        made = self._writer.write([key], lambda: self._client.save_opportunity(body), keep=keep)
        notes.fact("Opportunity created", f"#{made} {action.summary}")
        notes.summary = f"Opportunity #{made} was created."

    def _create_lead(self, action: CreateLead, notes: StepNotes) -> None:
        def keep(lead_id: int) -> list[int]:
            self._lease.update_link(
                halo_opportunity_id=lead_id,
                opportunity_source="The portal made it as a lead for this quote.",
                opportunity_value=action.value,
            )
            return [lead_id]

        # By the person, not the quote: two quotes for one stranger are one lead.
        key, body = f"lead:{fold(action.contact.email)}"[:500], lead_body(action)
        made = self._writer.write([key], lambda: self._client.save_opportunity(body), keep=keep)
        notes.fact("Lead created", f"#{made} {action.summary}, {action.contact.name}")
        notes.summary = f"Lead #{made} was created for {action.contact.name}."

    def update(self, action: UpdateOpportunity, notes: StepNotes) -> None:
        """Change the opportunity and read it back. Raises AppliedWithDifferences."""

        def keep(opportunity_id: int) -> list[int]:
            if action.value is not None:
                self._lease.update_link(opportunity_value=action.value)
            return [opportunity_id]

        if action.value is not None:
            # From here on Halo may hold our value without our knowing: it must not be taken for somebody's edit.
            self._lease.update_link(opportunity_value=None)
        key = f"opportunity update:{self._lease.delivery.link_id}"
        body = opportunity_update(action)
        self._writer.write([key], lambda: self._client.save_opportunity(body), keep=keep)
        found = self._client.get_opportunity(action.id)
        rows = (
            ("Value", action.value, found.value),
            ("Probability", action.probability, found.probability),
            ("Status", action.status_id, found.status_id),
        )
        sent = [row for row in rows if row[1] is not None]
        for label, wanted, _ in sent:
            notes.fact(f"Opportunity's {label.lower()}", wanted)
        wrong = [f"{label}: sent {wanted}, Halo has {has}" for label, wanted, has in sent if wanted != has]
        if wrong:
            raise AppliedWithDifferences(
                f"Halo saved opportunity #{action.id} otherwise than it was sent: {'; '.join(wrong)}.",
                subject=f"opportunity {action.id}",
            )
        notes.summary = f"Opportunity #{action.id} follows the quote."


def _user_key(email: str) -> str:
    return f"user:{fold(email)}"[:500]

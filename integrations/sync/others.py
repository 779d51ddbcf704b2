"""Person and payment webhooks: what they change on our own rows, and by policy in Halo."""

from contextlib import closing
from decimal import Decimal

from django.db import transaction

from integrations.choices import Kind, Outcome, Stage
from integrations.connect import Lane, Purpose, connect_halo
from integrations.domain.content import halo_address
from integrations.domain.directory import HaloPerson, PostalLines
from integrations.domain.money import show_money
from integrations.domain.payment import Payment
from integrations.domain.policy import Rules
from integrations.domain.quote import Contact
from integrations.domain.text import fold
from integrations.halo.creations import phones_of, user_update
from integrations.halo.people import PeopleClient
from integrations.http import Deadline
from integrations.models import PaymentReceived, PersonLink, QuoteLink, QuoteRevision, WriteIntent
from integrations.models.link_changes import note_changes, tracked_values
from integrations.quoter.others import read_payment, read_person
from integrations.sync.claim import ATTEMPT_S, Lease
from integrations.sync.intents import Writer
from integrations.sync.marker import stands_already
from integrations.sync.outcome import Ending
from integrations.sync.record import Recorder
from integrations.sync.surroundings import Surroundings

OTHER_KINDS = frozenset({Kind.PERSON, Kind.PAYMENT})


def handle_other(lease: Lease, *, rules: Rules, recorder: Recorder, surroundings: Surroundings) -> Ending:
    """Carry a person or payment webhook through; return how it ended."""
    other = _Other(lease, rules, recorder, surroundings)
    return other.person() if lease.delivery.kind == Kind.PERSON else other.payment()


class _Other:
    def __init__(self, lease: Lease, rules: Rules, recorder: Recorder, surroundings: Surroundings) -> None:
        self.lease = lease
        self.integration = lease.delivery.integration
        self.rules = rules
        self.recorder = recorder
        self.surroundings = surroundings

    def _connect(self) -> PeopleClient:
        return connect_halo(
            self.integration,
            lane=Lane.RECONCILIATION,
            purpose=Purpose.QUOTES,
            record=self.recorder.call,
            deadline=Deadline(ATTEMPT_S, monotonic=self.surroundings.monotonic),
            clock=self.surroundings.clock,
            sleep=self.surroundings.sleep,
        )

    # Person

    def person(self) -> Ending:
        """Bring the link, and by policy the Halo user, up to date with the Quoter contact."""
        with self.recorder.step(Stage.PARSE) as notes:
            contact = read_person(self.lease.delivery.data)
            notes.fact("Contact", f"{contact.name} {contact.email}".strip())
            link = self._link_of(contact)
            if link is None:
                notes.summary = (
                    f"{contact.email or contact.name} is linked to no Halo user: nothing to bring up to date."
                )
                return Ending(outcome=Outcome.IGNORED, summary=notes.summary)
            self._update_link(link, contact)
            notes.summary = f"The link of {link.email} is up to date."
        if not self.rules.policy.update_user_from_contact:
            return Ending(
                outcome=Outcome.IGNORED, summary=f"{notes.summary} Halo is left alone, as the settings say."
            )
        with closing(self._connect()) as client:
            return self._update_user(client, link, contact)

    def _link_of(self, contact: Contact) -> PersonLink | None:
        links = PersonLink.objects.filter(integration=self.integration)
        ids = [id_ for id_ in (contact.public_id, contact.id) if id_]
        # The contact's id outlives a change of its e-mail address.
        return links.filter(contact_id__in=ids).first() or links.filter(email=fold(contact.email)).first()

    def _update_link(self, link: PersonLink, contact: Contact) -> None:
        before = tracked_values(link)
        link.contact_id = (contact.public_id or contact.id or link.contact_id)[:100]
        link.contact_name = contact.name[:300]
        others = PersonLink.objects.filter(integration=self.integration, email=fold(contact.email))
        if fold(contact.email) and not others.exclude(pk=link.pk).exists():
            link.email = contact.email
        with transaction.atomic():
            link.save(update_fields=["contact_id", "contact_name", "email"])
            why = "The contact has another e-mail address in Quoter."
            note_changes(link, before, by_id=None, why=why, at=self.surroundings.now())

    def _update_user(self, client: PeopleClient, link: PersonLink, contact: Contact) -> Ending:
        writer = Writer(self.lease, surroundings=self.surroundings)
        with self.recorder.step(Stage.OBSERVE) as notes:
            person = client.get_person(link.halo_user_id)
            phones, lines = _changes(person, contact, self.rules.addresses)
            notes.summary = f"Halo has {person.label}."
        if not phones and lines is None:
            text = f"Halo already agrees about {person.name}: nothing was written."
            return Ending(outcome=Outcome.UNCHANGED, summary=text)
        with self.recorder.step(Stage.APPLY) as notes:
            body = user_update(person.id, phones=phones, lines=lines)
            writer.write([f"user update:{person.id}"], lambda: client.create_user(body), keep=lambda made: [made])
            for label, value in phones.items():
                notes.fact(label, value)
            if lines is not None:
                notes.fact("Address", ", ".join(text for text in lines.model_dump().values() if text))
            notes.summary = f"{person.name} is up to date in Halo."
        with self.recorder.step(Stage.VERIFY) as notes:
            left = _changes(client.get_person(person.id), contact, self.rules.addresses)
            notes.summary = f"{person.name} was read back."
        if left != ({}, None):
            text = f"Halo took the change of {person.name} and shows other phones or another address."
            return Ending(
                outcome=Outcome.NEEDS_ATTENTION,
                summary=text,
                code="applied_with_differences",
                message=text,
                hint="Correct the user in Halo, or turn this policy off.",
                subject=f"user {person.id}",
            )
        return Ending(outcome=Outcome.SUCCEEDED, summary=f"{person.label} follows the Quoter contact.")

    # Payment

    def payment(self) -> Ending:
        """Keep the payment, and by policy note it on the quote's opportunity."""
        with self.recorder.step(Stage.PARSE) as notes:
            payment = read_payment(self.lease.delivery.data)
            link = self._quote_of(payment)
            row = self._keep(payment, link)
            notes.fact("Payment", f"{show_money(payment.amount, payment.currency)} {payment.method}".strip())
            notes.summary = f"A payment of {show_money(payment.amount, payment.currency)} is kept"
            notes.summary += f" and shown on quote {link.number}." if link else "; its quote has not arrived here."
        wanted = self.rules.policy.note_payments and link is not None and link.halo_opportunity_id is not None
        if not wanted:
            return Ending(outcome=Outcome.IGNORED, summary=notes.summary)
        assert link is not None and link.halo_opportunity_id is not None  # noqa: S101, PT018  see `wanted`
        with closing(self._connect()) as client:
            return self._note(client, payment, row, link, link.halo_opportunity_id)

    def _quote_of(self, payment: Payment) -> QuoteLink | None:
        revisions = QuoteRevision.objects.filter(integration=self.integration, quote_id=payment.quote_id or "-")
        revision = revisions.select_related("link").first()
        if revision is not None:
            return revision.link
        return QuoteLink.objects.filter(integration=self.integration, number=payment.quote_number or "-").first()

    def _keep(self, payment: Payment, link: QuoteLink | None) -> PaymentReceived:
        row, _ = PaymentReceived.objects.update_or_create(
            integration=self.integration,
            payment_id=payment.id or f"delivery {self.lease.delivery.pk}",
            defaults={
                "delivery": self.lease.delivery,
                "quote_number": (link.number if link else payment.quote_number)[:50],
                "amount": round(payment.amount, 4) if abs(payment.amount) < 10**13 else Decimal(0),
                "currency": payment.currency[:10],
                "method": payment.method,
                "status": payment.status,
                "paid_at": payment.paid_at,
            },
        )
        return row

    def _note(
        self, client: PeopleClient, payment: Payment, row: PaymentReceived, link: QuoteLink, ticket_id: int
    ) -> Ending:
        key = f"payment note:{row.payment_id}"[:500]
        what = f"{show_money(payment.amount, payment.currency)} noted on opportunity #{ticket_id}"
        if row.noted_on == ticket_id:
            return Ending(outcome=Outcome.UNCHANGED, summary=f"{what} already.")
        tried = WriteIntent.objects.filter(integration=self.integration, key=key).exists()
        writer = Writer(self.lease, surroundings=self.surroundings)
        with self.recorder.step(Stage.APPLY) as notes:
            there = stands_already(
                lambda: any(payment.marker in text for text in client.notes(ticket_id=ticket_id)), tried=tried
            )
            if not there:
                body = {
                    "ticket_id": ticket_id,
                    "note": f"Payment of {show_money(payment.amount, payment.currency)} for Quoter quote "
                    f"{link.number} {payment.method} {payment.paid_at} {payment.marker}".replace("  ", " "),
                    "hiddenfromuser": True,
                    "outcome": self.rules.policy.note_outcome,
                }
                writer.write([key], lambda: client.add_note(body), keep=lambda made: [made])
            PaymentReceived.objects.filter(pk=row.pk).update(noted_on=ticket_id)
            notes.summary = f"{what}."
        return Ending(outcome=Outcome.SUCCEEDED, summary=f"{what}.")


def _changes(
    person: HaloPerson, contact: Contact, mapping: dict[str, str]
) -> tuple[dict[str, str], PostalLines | None]:
    """Return the phones and the address that differ; what Quoter leaves empty stays."""
    have = {"phonenumber": "", "mobilenumber": ""}
    names = {"Work": "phonenumber", "Mobile": "mobilenumber"}
    have |= {names[phone.kind]: phone.number for phone in person.phones if phone.kind in names}
    phones = {name: value for name, value in phones_of(contact).items() if value != have[name]}
    if contact.billing is None:
        return phones, None
    parts = halo_address(contact.billing, mapping)
    lines = PostalLines(**dict(zip(PostalLines.model_fields, parts, strict=True)))
    merged = PostalLines(
        **{name: getattr(lines, name) or getattr(person.address, name) for name in PostalLines.model_fields}
    )
    return phones, merged if lines.filled and merged != person.address else None

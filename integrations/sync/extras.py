"""What goes to the opportunity beside the quote, where it is chosen: the quote's PDF and a private note.

Neither may stop the quote: what is refused for good is told in the step; what may pass is tried again with
the delivery.
"""

import base64
import hashlib

from django.conf import settings
from django.urls import reverse

from integrations.domain.money import show_money
from integrations.domain.policy import Rules
from integrations.domain.quote import Quote
from integrations.domain.snapshot import HaloQuote
from integrations.errors import LeaseLost, PortalError
from integrations.halo.client import HaloClient
from integrations.http import Deadline, Http, Request
from integrations.models import QuoteLink
from integrations.sync.claim import Lease
from integrations.sync.intents import Writer
from integrations.sync.marker import stands_already
from integrations.sync.record import Recorder, StepNotes

MAX_PDF_BYTES = 20 * 1024 * 1024


class NoPdf(PortalError):
    """What Quoter gave is no PDF that can be attached."""

    code = "no_pdf"
    hint = "Open the quote's download link in a browser: it must give the PDF without a login."


class Extras:
    """Writes to one opportunity, once for each content and state."""

    def __init__(
        self, client: HaloClient, *, lease: Lease, writer: Writer, recorder: Recorder, deadline: Deadline
    ) -> None:
        self._client = client
        self._lease = lease
        self._writer = writer
        self._recorder = recorder
        self._deadline = deadline

    def add(self, quote: Quote, halo_quote: HaloQuote, rules: Rules, notes: StepNotes) -> None:
        """Attach and note what the policy wants. Raises what is worth another try."""
        wanted = []
        if rules.policy.attach_pdf and rules.pdf_url and quote.uuid:
            wanted.append(("PDF", self._attach_pdf))
        if rules.policy.note_on_opportunity:
            wanted.append(("Note", self._add_note))
        for what, add in wanted:
            try:
                notes.fact(what, add(quote, halo_quote, rules))
            except LeaseLost:
                raise
            except PortalError as exc:
                if exc.retryable:
                    raise
                notes.fact(f"{what} not added", f"{exc.user_message} {exc.way_out}".strip())

    def _attach_pdf(self, quote: Quote, halo_quote: HaloQuote, rules: Rules) -> str:
        pdf = self._fetch_pdf(rules.pdf_url.replace("{uuid}", quote.uuid))
        digest = hashlib.sha256(pdf).hexdigest()
        if self._link().pdf_digest == digest:
            return "is attached already"
        name = f"Quote {quote.number} {digest[:8]}.pdf"
        ticket_id = halo_quote.ticket_id or 0
        key = f"pdf:{self._lease.delivery.link_id}:{digest[:16]}"
        if stands_already(
            lambda: name in self._client.attachment_names(ticket_id=ticket_id), tried=self._tried(key)
        ):
            self._lease.update_link(pdf_digest=digest)
            return f"{name} is attached already"
        body = {
            "ticket_id": ticket_id,
            "filename": name,
            # Raw base64 or a data URI is unverified [U] (halo.md 3.7); this is the form in the samples.
            "data_base64": f"data:application/pdf;base64,{base64.b64encode(pdf).decode()}",
            "showforusers": False,
        }

        def keep(attachment_id: int) -> list[int]:
            self._lease.update_link(pdf_digest=digest)
            return [attachment_id]

        self._writer.write([key], lambda: self._client.add_attachment(body), keep=keep)
        return f"{name} attached, {len(pdf):,} bytes"

    def _fetch_pdf(self, url: str) -> bytes:
        """Fetch a PDF without any credentials. Raises NoPdf."""
        http = Http(
            allow_private=settings.ALLOW_PRIVATE_REMOTES, record=self._recorder.call, deadline=self._deadline
        )
        try:
            response = http.send(
                Request("GET", url, headers={"Accept": "application/pdf"}, max_bytes=MAX_PDF_BYTES)
            )
        finally:
            http.close()
        if response.status != 200 or not response.body.startswith(b"%PDF-"):
            raise NoPdf(f"Quoter answered {response.status} with something that is no PDF.", subject="pdf")
        return response.body

    def _add_note(self, quote: Quote, halo_quote: HaloQuote, rules: Rules) -> str:
        # By its public id, which webhooks and Quoter's API share; the webhook's number is what notes had before.
        states = [f"{id_}/{quote.status}" for id_ in (quote.uuid, quote.id) if id_]
        state = states[0]
        if self._link().noted_state in states:
            return "is there already"
        marker, *older = (f"[Quoter {quote.number}/{one}]" for one in states)
        ticket_id = halo_quote.ticket_id or 0
        key = f"note:{self._lease.delivery.link_id}:{state}"
        if stands_already(
            lambda: any(
                one in text for text in self._client.notes(ticket_id=ticket_id) for one in (marker, *older)
            ),
            tried=self._tried(key),
        ):
            self._lease.update_link(noted_state=state)
            return "is there already"
        body = {
            "ticket_id": ticket_id,
            "note": self._text(quote, halo_quote, marker),
            "hiddenfromuser": True,
            "outcome": rules.policy.note_outcome,
        }

        def keep(note_id: int) -> list[int]:
            self._lease.update_link(noted_state=state)
            return [note_id]

        self._writer.write([key], lambda: self._client.add_note(body), keep=keep)
        return f"{quote.status} noted on opportunity #{ticket_id}"

    def _text(self, quote: Quote, halo_quote: HaloQuote, marker: str) -> str:
        total = show_money(
            sum((line.net for line in quote.counted_lines), start=quote.shipping * 0), quote.currency
        )
        page = reverse("admin:integrations_webhookdelivery_change", args=[self._lease.delivery.pk])
        where = f"\n{settings.PUBLIC_URL}{page}" if settings.PUBLIC_URL else ""
        name = f" “{quote.name}”" if quote.name else ""
        state = f"Quoter quote {quote.number}{name} is {quote.status}: Halo quote {halo_quote.id}, {total}."
        return f"{state} {marker}{where}"

    def _link(self) -> QuoteLink:
        return QuoteLink.objects.get(lease_token=self._lease.token)

    def _tried(self, key: str) -> bool:
        """Say whether an earlier attempt began this write; the intent of this one does not exist yet."""
        return self._link().intents.filter(key=key).exists()

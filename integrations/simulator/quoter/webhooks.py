"""Quoter's webhooks: what makes one, how it is signed, sent and repeated."""

import threading
import time
from collections.abc import Callable
from typing import Any

from integrations.simulator.quoter import quotes as states
from integrations.simulator.quoter.account import Account
from integrations.simulator.quoter.delivery import RETRY_AFTER_S, Delivery, DeliveryResult, post
from integrations.simulator.quoter.encoding import encode_form, php_json
from integrations.simulator.quoter.lines import read_amount
from integrations.simulator.quoter.payload import render, render_payment, render_person
from integrations.simulator.quoter.quotes import Quote

_KEPT_DELIVERIES = 200


class Webhooks(Account):
    """An account that tells of its changes. Nothing is locked while a webhook is under way."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.timeout_s = 10.0
        self.sleep: Callable[[float], None] = time.sleep
        self._timers: set[threading.Timer] = set()
        super().__init__(clock)

    def clear(self) -> None:
        """Go back to an empty account without a webhook."""
        self.cancel_retries()
        super().clear()

    def payload(self, quote_id: int) -> str:
        """Return the webhook's data for a quote as it stands."""
        with self.lock:
            quote = self.quotes[quote_id]
            used = self.templates.get(quote.template_id)
            form = {"id": used["form_id"], "slug": used["slug"], "title": used["title"]} if used else None
            return php_json(render(quote, account_id=self.account_id, form=form))

    def form(self, data: str, timestamp: str | int | None = None, key: str | None = None) -> bytes:
        """Return the signed form body for a webhook's data; the time of signing is now."""
        stamp = str(int(self._clock()) if timestamp is None else timestamp)
        return encode_form(self.hash_key if key is None else key, stamp, data)

    def deliver(self, data: str) -> DeliveryResult:
        """Send data as it stands to the webhook's address, once, and log it."""
        return self._try(self._new_delivery(None, "-", "sent by hand", data))

    def resend(self, delivery_id: int) -> DeliveryResult:
        """Send a logged webhook again, rendered and signed anew."""
        found = next((d for d in self.requests_status if d.id == delivery_id), None)
        if found is None:
            raise ValueError(f"There is no delivery {delivery_id}.")
        return self._try(found)

    def change_person(self, contact_id: int | str, **values: Any) -> str:
        """Change a contact (by number or cont_…) and send its Person webhook; returns the webhook's data."""
        contact = self.update_contact(contact_id, **values)
        data = php_json(render_person(contact, account_id=self.account_id))
        self._send(None, "-", f"person {contact.id} changed", data)
        return data

    def pay(self, quote_id: int, amount: Any, *, method: str = "card") -> str:
        """Let the customer pay something of a quote and send the Payment webhook; returns its data."""
        with self.lock:
            quote = self._in_status(quote_id, (states.PENDING, *states.WON))
            payment = {
                "id": self._take("payment"),
                "quote_id": quote.id,
                "amount": str(read_amount(amount)),
                "method": method,
                "date": self._stamp(),
            }
            self.payments.append(payment)
            data = php_json(render_payment(payment, quote, account_id=self.account_id))
        self._send(quote.id, str(quote.number), "payment", data)
        return data

    def _tell(self, quote: Quote, reason: str) -> None:
        self._send(quote.id, str(quote.number), reason)

    def _send(self, quote_id: int | None, number: str, reason: str, data: str = "") -> None:
        if self.webhook_url:
            delivery = self._new_delivery(quote_id, number, reason, data)
            if self.losing:
                row = {"at": self._clock(), "status": None, "body": "", "error": "Lost on the way."}
                delivery.tries.append(row)
            else:
                self._try(delivery)
        self.on_change()

    def _new_delivery(self, quote_id: int | None, number: str, reason: str, data: str = "") -> Delivery:
        with self.lock:
            delivery = Delivery(self._take("delivery"), quote_id, number, reason, data=data)
            self.requests_status.append(delivery)
            del self.requests_status[:-_KEPT_DELIVERIES]
        return delivery

    def _try(self, delivery: Delivery, *, automatic: int = 0) -> DeliveryResult:
        data = delivery.data or self.payload(delivery.quote_id or 0)
        result = post(self.webhook_url, self.form(data), timeout_s=self.timeout_s)
        row = {"at": self._clock(), "status": result.status, "body": result.body, "error": result.error}
        with self.lock:
            delivery.tries.append(row)
            delivery.next_at = None
            if not result.ok and self.retry_scale and automatic < len(RETRY_AFTER_S):
                wait = RETRY_AFTER_S[automatic] * self.retry_scale
                delivery.next_at = self._clock() + wait
                self._start_timer(wait, delivery, automatic + 1)
        self.on_change()
        return result

    def _start_timer(self, wait: float, delivery: Delivery, automatic: int) -> None:
        def again() -> None:
            self._timers.discard(timer)
            if delivery.next_at is not None and not delivery.last.ok:
                self._try(delivery, automatic=automatic)

        timer = threading.Timer(wait, again)
        timer.daemon = True
        self._timers.add(timer)
        timer.start()

    def cancel_retries(self) -> None:
        """Stop waiting for automatic repeats."""
        for timer in list(self._timers):
            timer.cancel()
        self._timers.clear()

    def resume_retries(self) -> None:
        """Wait again for the repeats that an earlier run had planned."""
        for delivery in self.requests_status:
            if delivery.next_at is not None and self.retry_scale:
                wait = max(delivery.next_at - self._clock(), 0)
                self._start_timer(wait, delivery, min(len(delivery.tries), len(RETRY_AFTER_S)))

    def _in_status(self, quote_id: int, allowed: tuple[str, ...]) -> Quote:
        quote = self.quotes.get(quote_id)
        if quote is None:
            raise ValueError(f"There is no quote {quote_id}.")
        if quote.status not in allowed:
            raise ValueError(f"Quote {quote.number} is {quote.status}; this needs {' or '.join(allowed)}.")
        if not quote.is_current:
            raise ValueError(f"Quote {quote.number} has a newer revision, {quote.superseded_by}.")
        return quote

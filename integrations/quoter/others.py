"""Person and payment webhooks: read leniently, for neither was ever captured [I/U] (quoter.md 1.8)."""

from typing import Any

from pydantic import ValidationError

from integrations.domain.money import NotAnAmount, parse_amount
from integrations.domain.payment import Payment
from integrations.domain.quote import Contact
from integrations.errors import NotUnderstood
from integrations.quoter.document import read_document
from integrations.quoter.webhook import contact_from
from integrations.quoter.wire import Person


def read_person(text: str) -> Contact:
    """Read a person webhook's data: the person as quotes carry it, at the top or under `person` [I]."""
    document = read_document(text)
    inner = document.get("person") if isinstance(document.get("person"), dict) else document
    try:
        return contact_from(Person.model_validate(inner))
    except ValidationError as exc:
        raise NotUnderstood("The person's fields cannot be read.", subject="person") from exc


def read_payment(text: str) -> Payment:
    """Read a payment webhook's data, under any of the names that its keys may have."""
    document = read_document(text)
    inner = next(
        (document[key] for key in ("payment", "transaction") if isinstance(document.get(key), dict)), document
    )
    rows: list[dict[str, Any]] = [inner, document]
    quote: dict[str, Any] = next((row["quote"] for row in rows if isinstance(row.get("quote"), dict)), {})
    try:
        amount = parse_amount(_first(rows, "amount", "total"))
    except NotAnAmount as exc:
        raise NotUnderstood("The payment's amount cannot be read.", subject="amount") from exc
    currency = _first(rows, "currency")
    code = currency.get("code") if isinstance(currency, dict) else currency
    return Payment(
        id=_text(_first(rows, "id", "transaction_id", "payment_id")),
        amount=amount,
        currency=_text(code).upper(),
        quote_id=_text(_first(rows, "quote_id") or quote.get("id")),
        quote_number=_text(_first(rows, "quote_number") or quote.get("number")),
        method=_text(_first(rows, "method", "payment_method", "type")),
        status=_text(_first(rows, "status")),
        paid_at=_text(_first(rows, "date", "paid_at", "created_at")),
    )


def _first(rows: list[dict[str, Any]], *keys: str) -> Any:
    return next((row[key] for row in rows for key in keys if row.get(key) not in (None, "", [], {})), None)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()[:100]

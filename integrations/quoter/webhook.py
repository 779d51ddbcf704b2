"""A webhook's text → a typed Quote. Pure: no Django, no database, no network."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from integrations.domain.money import ZERO, round_money
from integrations.domain.quote import (
    Address,
    Category,
    Contact,
    Discount,
    Line,
    Note,
    Owner,
    Period,
    Quote,
    QuoteStatus,
    StatedTotals,
)
from integrations.errors import NotUnderstood
from integrations.quoter.document import read_document as read_document
from integrations.quoter.shapes import read_custom_fields, read_discount, read_options, read_taxes
from integrations.quoter.wire import Person, WireAddress, WireLine, WireQuote, leftovers

T = TypeVar("T")

# "monthly" was seen; the others follow the API's recurring_interval and the UI's words [I] (quoter.md 2.1).
_PERIODS = {
    "weekly": Period.WEEKLY,
    "monthly": Period.MONTHLY,
    "month": Period.MONTHLY,
    "quarterly": Period.QUARTERLY,
    "semi_annually": Period.HALF_YEARLY,
    "semi_annual": Period.HALF_YEARLY,
    "half_yearly": Period.HALF_YEARLY,
    "biannually": Period.HALF_YEARLY,
    "annually": Period.YEARLY,
    "annual": Period.YEARLY,
    "yearly": Period.YEARLY,
}
_PERIODS_BY_MONTHS = {"1": Period.MONTHLY, "3": Period.QUARTERLY, "6": Period.HALF_YEARLY, "12": Period.YEARLY}


def classify(document: Any) -> str:
    """Return quote, person, payment or unknown: the payload does not name its kind (quoter.md 1.8)."""
    if not isinstance(document, dict):
        return "unknown"
    if "line_items" in document:
        return "quote"
    # No person or payment webhook was ever captured [I]: told apart by the keys their records must have.
    inner = document.get("person") if isinstance(document.get("person"), dict) else document
    if {"payment", "transaction", "payment_method", "transaction_id"} & set(document) or (
        "amount" in document and {"quote_id", "quote"} & set(document)
    ):
        return "payment"
    return "person" if isinstance(inner, dict) and "email_address" in inner else "unknown"


def read_quote(text: str) -> Quote:
    """Read a quote webhook's data. Raises NotUnderstood naming the path that does not fit."""
    document = read_document(text)
    if classify(document) != "quote":
        raise NotUnderstood("This webhook is not a quote.", subject="kind")
    try:
        wire = WireQuote.model_validate(document)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise NotUnderstood(f"The quote's field “{path}” cannot be read: {first['msg']}.", subject=path) from exc
    return _Reader(wire).read()


class _Reader:
    """Turns one wire quote into a Quote, collecting notes on the way."""

    def __init__(self, wire: WireQuote) -> None:
        self.wire = wire
        self.notes: list[Note] = []

    def read(self) -> Quote:
        wire = self.wire
        status = self._status()
        lines = tuple(self._line(index, line) for index, line in enumerate(wire.line_items))
        discount = self._noted("discount", read_discount(wire.discount))
        taxes = self._noted("taxes", read_taxes(wire.taxes))
        fields = self._noted("custom_fields", read_custom_fields(wire.custom_fields))
        if wire.reseller not in (None, "", [], {}):
            self._note("reseller", "is not carried over")
        for path in leftovers(wire):
            self._note(path, "is not known to the portal and is not carried over")
        ids = [line.id for line in lines]
        if len(set(ids)) != len(ids):
            raise NotUnderstood("Two of the quote's lines have the same id.", subject="line_items.id")
        return Quote(
            id=wire.id,
            parent_id=wire.parent_quote_id,
            number=wire.number,
            revision=wire.revision,
            name=wire.name,
            uuid=wire.uuid,
            status=status,
            internal_notes=wire.internal_notes,
            comments=wire.comments,
            expires_at=self._time("expiry_date", wire.expiry_date),
            won_at=self._time("won_date", wire.won_date),
            currency=wire.currency.code.upper() if wire.currency else "",
            contact=contact_from(wire.person),
            owner=self._owner(),
            template=wire.form.title if wire.form else "",
            lines=lines,
            shipping=wire.shipping,
            discount=discount,
            taxes=taxes,
            stated=self._stated(),
            custom_fields=fields,
            notes=tuple(self.notes),
        )

    def _note(self, path: str, text: str) -> None:
        self.notes.append(Note(path=path, text=text))

    def _noted(self, path: str, read: tuple[T, str]) -> T:
        value, doubt = read
        if doubt:
            self._note(path, f"holds {doubt}")
        return value

    def _status(self) -> QuoteStatus:
        try:
            return QuoteStatus(self.wire.status.strip().lower())
        except ValueError as exc:
            known = ", ".join(QuoteStatus)
            raise NotUnderstood(
                f"The quote's status is “{self.wire.status[:40]}”; the portal knows {known}.", subject="status"
            ) from exc

    def _owner(self) -> Owner:
        owner = self.wire.quote_owner
        if owner is None:
            return Owner()
        return Owner(
            id=owner.id, name=owner.full_name or f"{owner.first_name} {owner.last_name}".strip(), email=owner.email
        )

    def _stated(self) -> StatedTotals:
        total = self.wire.total
        if total is None:
            return StatedTotals()
        # One amount where there is one period [I]; anything else is told, not guessed at.
        found, doubt = read_discount(total.recurring)
        recurring = found.amount if found else None
        if doubt:
            self._note("total.recurring", "holds an amount in a shape the portal does not know")
        return StatedTotals(upfront=total.upfront, recurring=recurring)

    def _time(self, path: str, text: str) -> datetime | None:
        if not text or text.startswith("0000"):
            return None
        try:
            # Without a zone it is UTC [I, strong] (quoter.md 1.6).
            found = datetime.fromisoformat(text)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self._note(path, f"holds “{text[:40]}”, which is no date")
            return None

    def _line(self, index: int, wire: WireLine) -> Line:
        path = f"line_items[{index}]"
        price = next((p for p in (wire.unit_price, wire.base_unit_price) if p is not None), None)
        discount = self._noted(f"{path}.discount", read_discount(wire.discount))
        period = self._period(path, wire)
        net, gross = self._net(path, wire, price, discount)
        if price is None:
            price = round_money(gross / wire.quantity, 6) if wire.quantity else gross
        category = wire.type
        return Line(
            id=wire.id,
            item_id=wire.item_id,
            name=wire.name or wire.sku or f"Line {index + 1}",
            description=wire.description,
            sku=wire.sku,
            supplier_sku=wire.supplier_sku,
            supplier=wire.supplier.name if wire.supplier else "",
            manufacturer=wire.manufacturer.name if wire.manufacturer else "",
            quantity=wire.quantity,
            unit_price=price,
            unit_cost=wire.unit_cost,
            discount=gross - net,
            net=net,
            period=period,
            category=Category(id=category.id, public_id=category.public_id, name=category.name)
            if category
            else Category(),
            optional=wire.is_optional,
            selected=wire.is_optional_selected,
            options=read_options(wire.options),
            custom_fields=self._noted(f"{path}.custom_fields", read_custom_fields(wire.custom_fields)),
        )

    def _net(
        self, path: str, wire: WireLine, price: Decimal | None, discount: Discount | None
    ) -> tuple[Decimal, Decimal]:
        """Return the line after and before its discount: Quoter's own totals first, else quantity × price."""
        total = wire.total
        stated: list[Decimal | None] = []
        if total is not None:
            upfront = [total.upfront_after_discount, total.upfront]
            recurring = [total.recurring_after_discount, total.recurring]
            stated = recurring + upfront if wire.recurring else upfront
        after, before = next(
            ((a, b) for a, b in zip(stated[::2], stated[1::2], strict=True) if a is not None or b is not None),
            (None, None),
        )
        if before is None:
            before = round_money(price * wire.quantity) if price is not None else wire.base_price
        if before is None and after is None:
            raise NotUnderstood(
                f"Line “{wire.name}” has neither a price nor a total.", subject=f"{path}.unit_price"
            )
        off = ZERO
        if discount is not None and discount.amount is not None:
            off = discount.amount
        elif discount is not None and discount.percent is not None and before is not None:
            off = round_money(before * discount.percent / 100)
        if before is None:
            before = (after or ZERO) + off
        return (before - off if after is None else after), before

    def _period(self, path: str, wire: WireLine) -> Period:
        if not wire.recurring:
            return Period.ONCE
        word = wire.recurring_time_period_string or self.wire.recurring_time_period_string
        key = word.strip().lower().replace("-", "_").replace(" ", "_")
        found = _PERIODS.get(key)
        # The number counts months [I]: it says something only where the word does not say it all.
        if key in ("", "month", "months"):
            found = _PERIODS_BY_MONTHS.get(self.wire.recurring_time_period, found)
        if found is None:
            raise NotUnderstood(
                f"Line “{wire.name}” recurs every “{word or 'nothing'}”, a period the portal does not know.",
                subject=f"{path}.recurring_time_period_string",
            )
        return found


def contact_from(person: Person) -> Contact:
    """Return the contact that a person of the webhook is."""
    addresses, phones = person.addresses, person.telephone_numbers
    return Contact(
        id=person.id,
        public_id=person.public_id,
        first_name=person.first_name,
        last_name=person.last_name,
        organization=person.organization,
        title=person.title,
        email=person.email_address,
        work_phone=phones.work if phones else "",
        mobile_phone=phones.mobile if phones else "",
        billing=_address(addresses.billing) if addresses else None,
        shipping=_address(addresses.shipping) if addresses else None,
    )


def _address(wire: WireAddress | None) -> Address | None:
    if wire is None:
        return None
    return Address(
        line1=wire.line1,
        line2=wire.line2,
        line3=wire.line3,
        city=wire.city,
        region_code=wire.state.code if wire.state else "",
        region=wire.state.name if wire.state else "",
        postal_code=wire.postal_code,
        country_code=wire.country.code if wire.country else "",
        country=wire.country.name if wire.country else "",
    )

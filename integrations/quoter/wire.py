"""The JSON of Quoter's webhook as pydantic models: lenient in shape, strict in meaning.

Every key and its real type is listed in quoter.md 1.6. What was never captured (taxes, discount, custom fields,
options, recurring totals) accepts every likely shape; what is left over is reported by `leftovers`.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from integrations.domain.money import NotAnAmount, parse_amount

# Longer ones are nobody's id (samples have 7 to 36): two of them must not be taken for one where they are cut.
ID_LENGTH = 50


def _text(value: object) -> object:
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else value


def _amount(value: object) -> object:
    try:
        return parse_amount(value)
    except NotAnAmount as exc:
        raise ValueError(str(exc)) from exc


def _maybe_amount(value: object) -> object:
    return None if value in (None, "", [], {}) else _amount(value)


def _needed_amount(value: object) -> object:
    found = _maybe_amount(value)
    if found is None:
        raise ValueError("an amount is missing")
    return found


def _flag(value: object) -> object:
    if value is None or value == "":
        return False
    if isinstance(value, str):
        known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        return known.get(value.strip().lower(), value)
    return value


def _empty_to_none(value: object) -> object:
    """PHP writes an empty object as [] and an absent one as null (quoter.md 1.6)."""
    return None if value in (None, "", [], {}) else value


def _listed(value: object) -> object:
    if value in (None, "", {}):
        return []
    if isinstance(value, dict):
        # Zapier's variant numbers the lines: {"1": {…}, "2": {…}} (quoter.md 1.8b).
        return list(value.values()) if all(isinstance(v, dict) for v in value.values()) else [value]
    return value


Text = Annotated[str, BeforeValidator(_text)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
NeededAmount = Annotated[Decimal, BeforeValidator(_needed_amount)]
MaybeAmount = Annotated[Decimal | None, BeforeValidator(_maybe_amount)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class Wire(BaseModel):
    """Keeps what it does not know, so that it can be shown instead of dropped in silence."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)


class Region(Wire):
    code: Text = ""
    name: Text = ""


MaybeRegion = Annotated[Region | None, BeforeValidator(_empty_to_none)]


class WireAddress(Wire):
    line1: Text = ""
    line2: Text = ""
    line3: Text = ""
    city: Text = ""
    state: MaybeRegion = None
    country: MaybeRegion = None
    postal_code: Text = ""


MaybeAddress = Annotated[WireAddress | None, BeforeValidator(_empty_to_none)]


class Addresses(Wire):
    billing: MaybeAddress = None
    shipping: MaybeAddress = None


class Phones(Wire):
    work: Text = ""
    mobile: Text = ""
    fax: Text = ""


class Person(Wire):
    id: Text = ""
    public_id: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    organization: Text = ""
    title: Text = ""
    email_address: Text = ""
    website: Text = ""
    addresses: Annotated[Addresses | None, BeforeValidator(_empty_to_none)] = None
    telephone_numbers: Annotated[Phones | None, BeforeValidator(_empty_to_none)] = None


class QuoteOwner(Wire):
    id: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    full_name: Text = ""
    email: Text = ""


class Named(Wire):
    """A supplier, a manufacturer, a category: never null, but with empty names (quoter.md 1.6)."""

    id: Text = ""
    public_id: Text = ""
    name: Text = ""


MaybeNamed = Annotated[Named | None, BeforeValidator(_empty_to_none)]


class Money(Wire):
    """A currency: its name really ends in a space."""

    code: Text = ""
    name: Text = ""


class Form(Wire):
    id: Text = ""
    slug: Text = ""
    title: Text = ""


class QuoteTotal(Wire):
    upfront: MaybeAmount = None
    recurring: Any = None
    one_time_margin_dollars: Any = None
    one_time_margin_percent: Any = None
    recurring_margin_dollars: Any = None
    recurring_margin_percent: Any = None


class LineTotal(Wire):
    upfront: MaybeAmount = None
    upfront_after_discount: MaybeAmount = None
    # Unverified [I]: no recurring line was ever captured; these two names follow the upfront ones.
    recurring: MaybeAmount = None
    recurring_after_discount: MaybeAmount = None


class WireLine(Wire):
    id: Text
    item_id: Text = ""
    quantity: NeededAmount
    name: Text = ""
    description: Text = ""
    sku: Text = ""
    supplier_sku: Text = ""
    pricing_structure: Text = ""
    recurring: Flag = False
    base_unit_price: MaybeAmount = None
    base_price: MaybeAmount = None
    unit_price: MaybeAmount = None
    unit_cost: Amount = Decimal(0)
    base_margin_dollar: Any = None
    base_margin_percent: Any = None
    total_margin_dollar: Any = None
    total_margin_percent: Any = None
    total: Annotated[LineTotal | None, BeforeValidator(_empty_to_none)] = None
    discount: Any = None
    supplier: MaybeNamed = None
    manufacturer: MaybeNamed = None
    type: MaybeNamed = None
    is_optional: Flag = False
    is_optional_selected: Flag = False
    options: Any = None
    custom_fields: Any = None
    recurring_time_period_string: Text = ""


class WireQuote(Wire):
    id: Text = Field(min_length=1, max_length=ID_LENGTH)
    account_id: Text = ""
    parent_quote_id: Text = Field(default="", max_length=ID_LENGTH)
    revision: Text = ""
    name: Text = ""
    number: Text = Field(min_length=1, max_length=ID_LENGTH)
    internal_notes: Text = ""
    comments: Text = ""
    uuid: Text = ""
    expiry_date: Text = ""
    won_date: Text = ""
    grace_period: Any = None
    recurring_time_period: Text = ""
    recurring_time_period_string: Text = ""
    recurring_time_period_string_adjective: Text = ""
    status: Text
    discount: Any = None
    total: Annotated[QuoteTotal | None, BeforeValidator(_empty_to_none)] = None
    shipping: Amount = Decimal(0)
    taxes: Any = None
    person: Person
    quote_owner: Annotated[QuoteOwner | None, BeforeValidator(_empty_to_none)] = None
    reseller: Any = None
    currency: Annotated[Money | None, BeforeValidator(_empty_to_none)] = None
    form: Annotated[Form | None, BeforeValidator(_empty_to_none)] = None
    custom_fields: Any = None
    line_items: Annotated[list[WireLine], BeforeValidator(_listed)]
    new: Any = None


def leftovers(model: BaseModel, path: str = "") -> Iterator[str]:
    """Yield the path of every key that has content and that no model knows."""
    for key, value in (model.model_extra or {}).items():
        if value not in (None, "", [], {}):
            yield f"{path}{key}"
    for key in type(model).model_fields:
        value = getattr(model, key)
        if isinstance(value, BaseModel):
            yield from leftovers(value, f"{path}{key}.")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from leftovers(item, f"{path}{key}[{index}].")

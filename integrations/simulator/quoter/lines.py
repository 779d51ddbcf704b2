"""Quote lines as a sales person enters them, and what they come to."""

from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any

ZERO = Decimal(0)
_AMOUNTS = ("quantity", "unit_price", "unit_cost", "discount")


@dataclass
class Line:
    """One line. `discount` is an amount off the whole line; prices are for one unit."""

    name: str
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = ZERO
    unit_cost: Decimal = ZERO
    sku: str = ""
    """Quoter calls it Code; the webhook calls it sku."""
    supplier_sku: str = ""
    description: str = ""
    category: str = ""
    discount: Decimal = ZERO
    recurring: bool = False
    is_optional: bool = False
    is_optional_selected: bool = False
    supplier: str = ""
    manufacturer: str = ""
    item_id: str | None = None
    pricing_structure: str = "fixed_per_unit"
    options: Any = None
    custom_fields: Any = None
    recurring_time_period_string: str = ""
    """An interval of its own, where it is not the quote's [U]."""
    section: str = ""
    """Name of the section; this and the next five are in the ScalePad API only, not in the webhook."""
    taxable: bool = False
    bundle: bool = False
    bundle_parent: str = ""
    """Name of the bundle's line, on a line that is part of the bundle."""
    bundle_publicly_visible: bool = True
    optional_group: str = ""
    parent_category: str = ""
    """Leaf names repeat under different parents; the webhook shows the leaf only."""
    id: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    """Keys of the webhook to add or replace as they stand, for shapes that nobody has seen yet."""

    def __post_init__(self) -> None:
        for name in _AMOUNTS:
            setattr(self, name, read_amount(getattr(self, name), name))

    @property
    def price(self) -> Decimal:
        """The whole line before its discount."""
        return self.quantity * self.unit_price

    @property
    def net(self) -> Decimal:
        """The whole line after its discount."""
        return self.price - self.discount

    @property
    def cost(self) -> Decimal:
        """What the whole line costs."""
        return self.quantity * self.unit_cost

    @property
    def counts(self) -> bool:
        """An optional line counts only when it is selected."""
        return self.is_optional_selected or not self.is_optional

    def dump(self) -> dict[str, Any]:
        """Return the line for JSON."""
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in asdict(self).items()}


def read_amount(value: Any, what: str = "amount") -> Decimal:
    """Read a number that a person or a script gave. Raises ValueError naming the field."""
    try:
        found = Decimal(str(value if value not in (None, "") else 0).replace(",", "").strip())
    except InvalidOperation:
        raise ValueError(f"“{value}” is no number ({what}).") from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 12:
        raise ValueError(f"“{value}” is no usable number ({what}).")
    return found


def read_line(given: "dict[str, Any] | Line") -> Line:
    """Make a line of a dict. Raises ValueError for a key that lines do not have."""
    values = given.dump() if isinstance(given, Line) else dict(given)
    unknown = sorted(set(values) - {f.name for f in fields(Line)})
    if unknown:
        raise ValueError(f"A quote line has no {', '.join(unknown)}.")
    return Line(**values)

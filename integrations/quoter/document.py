"""A webhook's text → plain data, JSON or XML; whatever gets through can be stored and walked."""

import json
import re
from decimal import Decimal
from typing import Any

from integrations.errors import NotUnderstood
from integrations.quoter.markup import read_xml

_MAX_DEPTH = 50
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def read_document(text: str) -> Any:
    """Parse a webhook's data, JSON or XML, without looking at its meaning."""
    if text.lstrip().startswith("<"):
        document = read_xml(text.strip())
    else:
        try:
            document = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        # ArithmeticError: a number with an exponent that Decimal itself refuses.
        except (ValueError, RecursionError, ArithmeticError) as exc:
            raise NotUnderstood("The webhook's data is neither JSON nor XML.", subject="data") from exc
    _check_storable(document)
    return document


def _check_storable(document: Any) -> None:
    """Refuse what JSON's escapes can smuggle in and no database takes, and depths that nothing real has."""
    todo: list[tuple[Any, int]] = [(document, 0)]
    while todo:
        value, depth = todo.pop()
        if depth > _MAX_DEPTH:
            raise NotUnderstood("The webhook's data is nested too deeply.", subject="data")
        if isinstance(value, str) and _UNSTORABLE.search(value):
            raise NotUnderstood("The webhook's data contains a character that is no text.", subject="data")
        if isinstance(value, dict):
            todo += [(inner, depth + 1) for pair in value.items() for inner in pair]
        elif isinstance(value, list):
            todo += [(inner, depth + 1) for inner in value]


def _refuse_constant(name: str) -> Decimal:
    raise ValueError(f"{name} is not JSON")

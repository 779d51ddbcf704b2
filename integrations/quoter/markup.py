"""The XML format of the webhook, brought into the same shape as the JSON.

Element names and list encoding were never seen [U] (quoter.md 1.7): the root's name is not looked at, elements
carry the JSON's key names, and a list is read from any repeated or wrapped children.
"""

from typing import Any

# Only the type; parsing is defusedxml's.
from xml.etree.ElementTree import Element  # nosec B405

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from integrations.errors import NotUnderstood

_LISTS = frozenset({"line_items", "taxes", "custom_fields", "options"})
_MAX_DEPTH = 30


def read_xml(text: str) -> Any:
    """Return the document as dicts, lists and strings. Raises NotUnderstood for anything but plain XML."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as exc:
        raise NotUnderstood("The webhook's XML cannot be read.", subject="xml") from exc
    return _value(root, depth=0)


def _value(element: Element, *, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise NotUnderstood("The webhook's XML is nested too deeply.", subject="xml")
    children = list(element)
    if not children:
        return (element.text or "").strip()
    values = [(child.tag, _value(child, depth=depth + 1)) for child in children]
    if element.tag in _LISTS and len({tag for tag, _ in values}) < len(values):
        return [value for _, value in values]
    # In a list whose elements all have names of their own, as <tax_1>, the names are content.
    found: dict[str, Any] = {}
    for tag, value in values:
        if tag not in found:
            found[tag] = value
        elif isinstance(found[tag], list):
            found[tag].append(value)
        else:
            found[tag] = [found[tag], value]
    return found

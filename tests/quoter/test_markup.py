import json
from contextlib import suppress
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import NotUnderstood
from integrations.quoter.markup import read_xml
from integrations.quoter.webhook import read_quote
from tests.quoter.payload import quote_data


def as_xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(as_xml(key, item) for key, item in value.items())
    elif isinstance(value, list):
        inner = "".join(as_xml("item", item) for item in value)
    else:
        inner = "" if value is None else escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}>{inner}</{name}>"


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_read_xml_gives_the_same_quote_as_the_json(lines: int) -> None:
    data = quote_data(*[{}] * lines)
    assert read_quote(as_xml("quote", data)) == read_quote(json.dumps(data))
    assert read_quote('\n <?xml version="1.0" encoding="ISO-8859-1"?>' + as_xml("q", data)).number == "7"


def test_read_xml_keeps_names_that_are_content() -> None:
    quote = read_quote(as_xml("q", quote_data(taxes={"GST": "5.00", "PST": "7.00"}, custom_fields={"PO": "77"})))
    assert [(tax.name, tax.amount) for tax in quote.taxes] == [("GST", 5), ("PST", 7)]
    assert quote.custom_fields == {"PO": "77"}


def test_read_xml_reads_repeated_elements_as_a_list() -> None:
    assert read_xml("<a><b>1</b><b>2</b><c/><b>3</b></a>") == {"b": ["1", "2", "3"], "c": ""}


@pytest.mark.parametrize(
    "text",
    [
        "<a>",
        "<a></b>",
        "not xml",
        "",
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>',
        "<a>" * 100 + "</a>" * 100,
        "<a>&undefined;</a>",
        "<a>\x00</a>",
        "<a>&#0;</a>",
    ],
)
def test_read_xml_refuses_what_is_not_plain_xml(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read_xml(text)


@given(st.text(alphabet="<>/&;ab#x1 \"'!-[]?=\n", max_size=60))
def test_read_xml_never_fails_otherwise(text: str) -> None:
    for read in (read_xml, lambda text: read_quote("<" + text)):
        with suppress(NotUnderstood):
            read(text)

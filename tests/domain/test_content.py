from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.domain.choice import Problem
from integrations.domain.content import QuoteContent, build_content, quote_url
from integrations.domain.lines import LineMatch, match_lines
from integrations.domain.quote import Period, Quote
from tests.domain.builders import (
    TODAY,
    make_content,
    make_item,
    make_line,
    make_opportunity,
    make_planned_line,
    make_quote,
    make_rules,
    make_user,
)


def build(quote: Quote, *, status: int | None = None, **rules: Any) -> QuoteContent | Problem:
    chosen = make_rules(**rules)
    found = match_lines(quote.counted_lines, items=[make_item()], links={}, groups=chosen.groups)
    matches = tuple(one for one in found if isinstance(one, LineMatch))
    return build_content(
        quote,
        person=make_user(),
        opportunity=make_opportunity(),
        matches=matches,
        rules=chosen,
        today=TODAY,
        status=status,
    )


def content(quote: Quote, **changes: Any) -> QuoteContent:
    found = build(quote, **changes)
    assert isinstance(found, QuoteContent)
    return found


def test_build_content_carries_every_counted_line() -> None:
    lines = (
        make_line("1"),
        make_line("2", optional=True),
        make_line("3", optional=True, selected=True),
    )
    assert [line.line_id for line in content(make_quote(*lines)).lines] == ["1", "3"]


def test_build_content_splits_a_line_that_no_price_divides() -> None:
    found = content(make_quote(make_line("1", net=Decimal("10.00")), make_line("2")), price_decimals=2)
    assert [(line.line_id, line.position) for line in found.lines] == [("1/1", 1), ("1/2", 2), ("2", 3)]
    assert sum(line.quantity * line.price for line in found.lines[:2]) == Decimal("10.00")


@pytest.mark.parametrize(("period", "code"), [(Period.ONCE, 0), (Period.MONTHLY, 2), (Period.YEARLY, 3)])
def test_build_content_writes_halos_code_of_the_period(period: Period, code: int) -> None:
    line = make_line(period=period, sku="NEW", name="New")
    assert content(make_quote(line)).lines[0].billing_period == code


def test_build_content_asks_when_halos_code_of_a_period_is_not_set() -> None:
    found = build(make_quote(make_line(period=Period.WEEKLY, sku="NEW", name="New")))
    assert isinstance(found, Problem)
    assert found.code == "period_unknown"
    assert "weekly" in found.message


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 9, 14, 7, tzinfo=UTC), date(2025, 9, 14)),  # midnight in California
        (datetime(2025, 9, 13, 14, tzinfo=UTC), date(2025, 9, 14)),  # midnight in Sydney
        (datetime(2025, 9, 14, tzinfo=UTC), date(2025, 9, 14)),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), date(9999, 12, 31)),  # "never"
        (datetime(9999, 12, 31, 7, tzinfo=UTC), date(9999, 12, 31)),
        (None, None),
    ],
)
def test_build_content_names_the_day_of_the_accounts_midnight(moment: datetime | None, day: date | None) -> None:
    assert content(make_quote(expires_at=moment)).expires == day


def test_build_content_has_a_title_when_the_quote_has_none() -> None:
    assert content(make_quote(name="")).title == "Quote 7"


@pytest.mark.parametrize(
    ("address", "uuid", "url"),
    [
        ("https://x.quoter.com/q/{uuid}", "u-1", "https://x.quoter.com/q/u-1"),
        ("", "u-1", ""),
        ("https://x/{uuid}", "", ""),
    ],
)
def test_quote_url_is_built_only_when_both_parts_are_known(address: str, uuid: str, url: str) -> None:
    assert quote_url(make_quote(uuid=uuid), make_rules(quote_url=address)) == url


def test_total_counts_each_line_to_the_cent() -> None:
    line = make_planned_line(price=Decimal("3.3333"))
    assert make_content(line, line).total(Period.ONCE) == Decimal("20.00")
    assert make_content(line).total(Period.MONTHLY) == 0

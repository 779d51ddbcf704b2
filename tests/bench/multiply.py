"""Rows by the million: the database itself copies a sample row, with some columns worked out from a number."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone


def multiply(sample: Model, count: int, **columns: str) -> None:
    """Insert `count` rows like a sample. `columns` are SQL expressions of n, which counts from 0.

    The key is the sample's own and 1 + n, so that other tables can name it.
    """
    meta, quote = sample._meta, connection.ops.quote_name
    columns = {"id": f"{sample.pk + 1} + n", **columns}
    unknown = set(columns) - {field.column for field in meta.concrete_fields}
    assert not unknown, unknown
    names = [field.column for field in meta.concrete_fields]
    values = ", ".join(columns.get(name, f"s.{quote(name)}") for name in names)
    series = f"generate_series(0, {count - 1}) AS g(n)"
    if connection.vendor == "sqlite":
        steps = f"SELECT 0 UNION ALL SELECT n + 1 FROM g WHERE n < {count - 1}"  # noqa: S608
        series = f"(WITH RECURSIVE g(n) AS ({steps}) SELECT n FROM g)"  # noqa: S608
    table = quote(meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(map(quote, names))}) "  # noqa: S608  names of our own columns
            f"SELECT {values} FROM {series}, {table} AS s WHERE s.id = {sample.pk}"
        )
        if connection.vendor == "postgresql":
            for statement in connection.ops.sequence_reset_sql(_no_style(), [type(sample)]):
                cursor.execute(statement)


def back(seconds: str, *, before: datetime | None = None) -> str:
    """Return the expression of a time so many seconds (an expression of n) before another, or now."""
    at = before or timezone.now()
    text = f"{at:%Y-%m-%d %H:%M:%S}"
    if connection.vendor == "postgresql":
        return f"TIMESTAMPTZ '{text}+00' - ({seconds}) * INTERVAL '1 second'"
    # As Django's own text, or rows would not compare: "2026-01-31 09:30:00.000000".
    return f"strftime('%Y-%m-%d %H:%M:%S', '{text}', '-' || ({seconds}) || ' seconds') || '.000001'"


def analyse() -> None:
    """Let the database learn what it holds, as it would by itself in time."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _no_style() -> Any:
    from django.core.management.color import no_style

    return no_style()

"""What a list shows, as CSV or JSON: the same rows by the same filters, all pages of them."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from integrations.admin.base import RecordAdmin, list_url

if TYPE_CHECKING:
    _Base = RecordAdmin[Any]
else:
    _Base = object

# A name and where the value is: a path of attributes, or a function of the row.
Column = tuple[str, str | Callable[[Any], object]]
_CHUNK = 500
# With the full-width forms that spreadsheets of East Asia read as the others.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Exportable(_Base):
    """Adds the two files to a list."""

    export_columns: ClassVar[Sequence[Column]] = ()
    list_after_template = "integrations/export_links.html"

    def export_urls(self) -> list[URLPattern]:
        """Return the address of both."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/<str:form>/", self.admin_site.admin_view(self.export_view), name=name)]

    @method_decorator(require_safe)
    def export_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """Stream the rows that the list with this query shows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in _FORMS:
            raise Http404
        try:
            queryset = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(list_url(self.model))
        write, content_type = _FORMS[form]
        names = [name for name, _ in self.export_columns]
        rows = ([_value(row, where) for _, where in self.export_columns] for row in self.export_rows(queryset))
        file = f"{self.opts.verbose_name_plural} {timezone.localtime():%Y-%m-%d %H%M}.{form}"
        headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(write(names, rows), content_type=content_type, headers=headers)

    def export_rows(self, queryset: Any) -> Iterable[Model]:
        """Return the rows, a few hundred in memory at a time."""
        rows: Iterable[Model] = queryset.iterator(chunk_size=_CHUNK)
        return rows


def _value(row: Any, where: str | Callable[[Any], object]) -> object:
    if callable(where):
        return where(row)
    value = row
    for name in where.split("."):
        value = getattr(value, name, None)
    return value


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return it."""
        return text


def _as_csv(names: list[str], rows: Iterable[list[object]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff"  # without it a spreadsheet reads UTF-8 as something else
    yield writer.writerow(names)
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _as_json(names: list[str], rows: Iterable[list[object]]) -> Iterator[str]:
    start = "["
    for row in rows:
        record = {name: _plain(value) for name, value in zip(names, row, strict=True)}
        yield f"{start}\n  {json.dumps(record, ensure_ascii=False)}"
        start = ","
    yield "[]\n" if start == "[" else "\n]\n"


def _cell(value: object) -> object:
    plain = harmless(value) if isinstance(value, str) else _plain(value)
    return "" if plain is None else plain


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: quotes and addresses are written by anybody."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


_FORMS: dict[str, tuple[Callable[[list[str], Iterable[list[object]]], Iterator[str]], str]] = {
    "csv": (_as_csv, "text/csv; charset=utf-8"),
    "json": (_as_json, "application/json"),
}

DELIVERIES: Sequence[Column] = (
    ("id", "pk"),
    ("integration", "integration.name"),
    ("kind", "kind"),
    ("quote", "quote_number"),
    ("name", "quote_name"),
    ("status", "quote_status"),
    ("client", "client_name"),
    ("contact", "contact_name"),
    ("email", "contact_email"),
    ("total", "total"),
    ("currency", "currency"),
    ("state", "state"),
    ("error", "error_code"),
    ("message", "error_message"),
    ("received", "received_at"),
    ("times_received", "times_received"),
    ("attempts", "attempts_made"),
    ("opportunity", "link.halo_opportunity_id"),
    ("halo_quote", "link.halo_quote_id"),
    ("sales_order", "link.halo_sales_order_id"),
)
ATTEMPTS: Sequence[Column] = (
    ("id", "pk"),
    ("delivery", "delivery_id"),
    ("quote", "delivery.quote_number"),
    ("name", "delivery.quote_name"),
    ("number", "number"),
    ("trigger", "trigger"),
    ("by", "requested_by.username"),
    ("outcome", "outcome"),
    ("started", "started_at"),
    ("finished", "finished_at"),
    ("error", "error_code"),
    ("message", lambda row: row.error_message or row.summary),
    ("halo_ids", "halo_ids"),
    ("task", "task_id"),
    ("portal_version", "portal_version"),
)
ISSUES: Sequence[Column] = (
    ("id", "pk"),
    ("integration", "integration.name"),
    ("code", "code"),
    ("subject", "subject"),
    ("message", "message"),
    ("way_out", "hint"),
    ("quotes", "stopped_count"),
    ("money", lambda row: "; ".join(f"{total:.2f} {currency}".strip() for currency, total in row.money_sums)),
    ("owner", "owner.username"),
    ("note", "note"),
    ("first_seen", "first_seen"),
    ("last_seen", "last_seen"),
    ("times_seen", "times_seen"),
    ("put_aside_until", "snoozed_until"),
    ("closed", "closed_at"),
)

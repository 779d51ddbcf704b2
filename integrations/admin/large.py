"""Lists that stay quick with a million rows: counted and paged to a limit, searched by index and by recency."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.paginator import Paginator
from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Upper
from django.http import HttpRequest
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Base = ModelAdmin[Any]
    _Paginator = Paginator[Any]
else:
    _Base, _Paginator = object, Paginator

COUNTED = 10_000
# Any part of any word is looked for in this many of the newest rows; a whole number or address in all of them.
SEARCHED = 20_000
FOUND = 1_000


class CountedPaginator(_Paginator):
    """Counts to a limit, beyond which a list says "more than": nobody pages there, and a million count slowly."""

    template_name = "integrations/pages.html"
    limit = COUNTED

    @cached_property
    def found(self) -> int:
        """Return how many there are, or one more than the limit."""
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        # Without the order: a database would sort all of them to give some of them.
        return rows.order_by()[: self.limit + 1].count()

    @cached_property
    def count(self) -> int:
        """Return how many are paged."""
        return min(self.found, self.limit)

    @property
    def more(self) -> bool:
        """Say whether there are more than that."""
        return self.found > self.limit


class QuickSearch(_Base):
    """Finds whole numbers, addresses and ids among all rows, and parts of words among the newest."""

    exact_text: ClassVar[Sequence[str]] = ()
    exact_ids: ClassVar[Sequence[str]] = ()
    # Compared without regard to case; their column has an index on its upper-case form.
    exact_folded: ClassVar[Sequence[str]] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Narrow a list to what is looked for."""
        term = search_term.strip()
        if not term:
            return queryset, False
        words, _ = super().get_search_results(request, newest(queryset), search_term)
        found = list(words.order_by("-pk").values_list("pk", flat=True)[: FOUND + 1])
        if len(found) > FOUND:
            self.message_user(request, f"More than {FOUND:,} match; these are the newest. Add a word or a date.")
        ids = set(found[:FOUND]) | set(self._exact(queryset, term)) | set(self.found_elsewhere(term))
        return queryset.filter(pk__in=ids), False

    def found_elsewhere(self, term: str) -> Iterable[int]:
        """Return the keys of rows that something else than their own fields brings up."""
        return ()

    def _exact(self, queryset: QuerySet[Any], term: str) -> Iterable[int]:
        # One query for each: joined by OR, no index of any would be used.
        conditions = [Q(**{name: term}) for name in self.exact_text]
        number = term.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 18:
            conditions += [Q(**{name: int(number)}) for name in self.exact_ids]
        for condition in conditions:
            yield from queryset.filter(condition).order_by().values_list("pk", flat=True)[:FOUND]
        for name in self.exact_folded:
            rows = queryset.alias(folded=Upper(F(name))).filter(folded=term.upper())
            yield from rows.order_by().values_list("pk", flat=True)[:FOUND]


def newest(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Narrow to the rows made last."""
    model: type[Model] = queryset.model
    keys = model._default_manager.order_by("-pk").values_list("pk", flat=True)
    edge = list(keys[SEARCHED : SEARCHED + 1])
    return queryset.filter(pk__gt=edge[0]) if edge else queryset

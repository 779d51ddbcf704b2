"""Filters of the lists."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.admin import FieldListFilter as RangeDateFilter
else:
    from unfold.contrib.filters.admin import RangeDateFilter


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included, in the portal's time zone."""

    parameter_name: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list; a date that cannot be read narrows nothing."""
        for end, lookup, edge in (("from", "gte", time.min), ("to", "lte", time.max)):
            given: Any = self.used_parameters.get(f"{self.parameter_name}_{end}")
            try:
                day = datetime.strptime(str(given or ""), "%Y-%m-%d").date()
            except ValueError:
                continue
            bound = timezone.make_aware(datetime.combine(day, edge))
            queryset = queryset.filter(**{f"{self.parameter_name}__{lookup}": bound})
        return queryset


class OpenFilter(admin.SimpleListFilter):
    """Open causes unless the closed ones are asked for."""

    title = "state"
    parameter_name = "closed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the closed ones and all."""
        return [("aside", "Put aside"), ("yes", "Settled"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Call the first choice what it is."""
        for index, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": "Open"} if index == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        if self.value() == "all":
            return queryset
        if self.value() == "yes":
            return queryset.filter(closed_at__isnull=False)
        aside = Q(snoozed_until__gt=timezone.now())
        return queryset.filter(aside if self.value() == "aside" else ~aside, closed_at=None)

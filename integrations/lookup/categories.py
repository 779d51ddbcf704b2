"""Quoter's categories beside Halo's product groups: which go together by their names, for a person to accept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from django.db import transaction
from rapidfuzz import fuzz, utils

from integrations.connect.quoter import connect_quoter, quoter_is_connected
from integrations.domain.text import fold
from integrations.errors import PortalError
from integrations.http import Deadline
from integrations.lookup.decide import NotDecided
from integrations.lookup.halo import PATIENCE_S, read_lists
from integrations.models import Integration, ProductGroupMapping
from integrations.quoter.shared import ItemCategory

# Below this a likeness of short names is mostly chance: "Services" and "Devices" are 67 % the same.
LIKE_FROM = 75
SHOWN = 3


@dataclass(frozen=True)
class Suggestion:
    """A group whose name comes close. `score` is a percentage."""

    group_id: int
    name: str
    score: int
    reason: str


@dataclass(frozen=True)
class Row:
    """One category with the groups that fit, the best first. `key` is what the mapping is stored under."""

    key: str
    name: str
    parent: str
    mapped_to: int | None
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True)
class Matching:
    """Everything the page shows. `trouble` says why Quoter's categories are missing."""

    groups: tuple[tuple[int, str], ...]
    rows: tuple[Row, ...]
    trouble: str = ""
    way_out: str = ""


def match_categories(integration: Integration) -> Matching:
    """Read both sides and suggest. Raises PortalError where Halo cannot be asked; Quoter may be silent."""
    groups = tuple(sorted(read_lists(integration).groups, key=lambda group: fold(group[1])))
    mapped = dict(integration.product_groups.values_list("category", "halo_group_id"))
    trouble = way_out = ""
    found: tuple[ItemCategory, ...] = ()
    if not quoter_is_connected(integration):
        trouble = "Quoter's categories cannot be read without a key for its API."
        way_out = "Enter the ScalePad API key in the settings, or type the categories there by hand."
    else:
        try:
            with closing(connect_quoter(integration, deadline=Deadline(PATIENCE_S))) as client:
                found = client.categories()
        except PortalError as exc:
            trouble, way_out = exc.user_message, exc.way_out
    rows = suggest(found, groups, mapped)
    known = {fold(key) for row in rows for key in (row.key, row.name)}
    # Typed by hand, or gone from Quoter: they stay in force, so they are shown.
    typed = [Row(key, key, "", group) for key, group in mapped.items() if fold(key) not in known]
    return Matching(groups, (*rows, *typed), trouble, way_out)


def suggest(
    categories: Sequence[ItemCategory], groups: Sequence[tuple[int, str]], mapped: Mapping[str, int]
) -> tuple[Row, ...]:
    """Rank the groups for each category by name; the parent's name counts where the leaf's says nothing."""
    by_key = {fold(key): group for key, group in mapped.items()}
    times = Counter(fold(category.name) for category in categories)
    rows = []
    for category in categories:
        key = category.id if times[fold(category.name)] > 1 and category.id else category.name
        stored = next((by_key[fold(k)] for k in (category.id, category.name) if fold(k) in by_key), None)
        rows.append(Row(key, category.name, category.parent, stored, _ranked(category, groups)))
    return tuple(rows)


def _ranked(category: ItemCategory, groups: Sequence[tuple[int, str]]) -> tuple[Suggestion, ...]:
    found = [one for id_, name in groups if (one := _compare(category, id_, name)) is not None]
    return tuple(sorted(found, key=lambda one: (-one.score, fold(one.name)))[:SHOWN])


def _compare(category: ItemCategory, id_: int, name: str) -> Suggestion | None:
    if fold(name) == fold(category.name):
        return Suggestion(id_, name, 100, "the same name")
    likeness = round(fuzz.token_sort_ratio(category.name, name, processor=utils.default_process))
    if likeness >= LIKE_FROM:
        return Suggestion(id_, name, min(likeness, 99), f"its name is {min(likeness, 99)} % the same")
    mine, theirs = (set(utils.default_process(text).split()) for text in (category.name, name))
    if mine and theirs and (mine <= theirs or theirs <= mine):
        return Suggestion(id_, name, LIKE_FROM, "one name holds the other")
    if category.parent and fold(name) == fold(category.parent):
        return Suggestion(id_, name, LIKE_FROM - 1, "named like the category above it")
    return None


def keep(integration: Integration, *, default: int | None, chosen: Mapping[str, int | None]) -> int:
    """Store the default and what was chosen; None takes a mapping away. Return how many mappings changed.

    Raises PortalError where Halo cannot be asked for the groups, or has none of that id.
    """
    names = dict(read_lists(integration).groups)
    unknown = [group for group in (default, *chosen.values()) if group is not None and group not in names]
    if unknown:
        raise NotDecided(f"Halo has no product group {unknown[0]}.")
    changed = 0
    with transaction.atomic():
        if integration.default_product_group != default:
            integration.default_product_group = default
            integration.save(update_fields=["default_product_group", "updated_at"])
        stored = {row.category: row for row in integration.product_groups.all()}
        for key, group in chosen.items():
            row = stored.get(key)
            if group is None:
                changed += row is not None
                if row is not None:
                    row.delete()
            elif row is None or row.halo_group_id != group:
                ProductGroupMapping.objects.update_or_create(
                    integration=integration,
                    category=key[:200],
                    defaults={"halo_group_id": group, "halo_group_name": names[group][:200]},
                )
                changed += 1
    return changed

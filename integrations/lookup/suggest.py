"""Products that a line may have meant: near misses with their reasons, for a person to judge. Never applied."""

from rapidfuzz import fuzz, process, utils

from integrations.domain.choice import Candidate
from integrations.domain.quote import Line
from integrations.domain.text import fold
from integrations.models import CatalogItem, Integration

SHOWN = 5
# Below these a likeness is mostly chance: found by trying invented catalogues.
_NAME_FROM, _SKU_FROM = 80, 85
_SHORTEST_SKU = 4


def suggest_products(integration: Integration, line: Line) -> tuple[Candidate, ...]:
    """Return the products most like a line, best first; only of the copy, and only of the line's own kind."""
    rows = CatalogItem.objects.filter(integration=integration)
    keys = list(rows.values_list("pk", "name_key", "sku_key"))
    scored: dict[int, tuple[float, str]] = {}
    names = {pk: name for pk, name, _ in keys}
    hits = process.extract(
        fold(line.name),
        names,
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        score_cutoff=_NAME_FROM,
        limit=SHOWN * 4,
    )
    for _, score, pk in hits:
        scored[pk] = (score, f"its name is {score:.0f} % the same")
    if len(fold(line.sku)) >= _SHORTEST_SKU:
        skus = {pk: sku for pk, _, sku in keys if len(sku) >= _SHORTEST_SKU}
        for _, score, pk in process.extract(
            fold(line.sku), skus, scorer=fuzz.ratio, score_cutoff=_SKU_FROM, limit=SHOWN * 4
        ):
            if score > scored.get(pk, (0.0, ""))[0]:
                scored[pk] = (score, f"its SKU is {score:.0f} % the same")
    best = sorted(scored, key=lambda pk: (-scored[pk][0], pk))
    items = {row.pk: row.as_item() for row in rows.filter(pk__in=best)}
    fitting = [pk for pk in best if not items[pk].inactive and items[pk].recurring == line.recurring]
    return tuple(
        Candidate(
            id=items[pk].id,
            name=items[pk].name,
            detail=" / ".join(part for part in (items[pk].sku, items[pk].group_name) if part),
            reason=scored[pk][1],
        )
        for pk in fitting[:SHOWN]
    )

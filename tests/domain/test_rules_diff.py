"""Settings as entries, and what changed between two versions."""

from integrations.domain.policy import Placement, Policy, ProductGroups, Rules
from integrations.domain.quote import QuoteStatus
from integrations.domain.rules_diff import compare_rules, list_rules, read_rules

RULES = Rules(
    policy=Policy(quote_status={QuoteStatus.PENDING: 2}),
    groups=ProductGroups(default=7, categories={"Cabling": 5}),
    addresses={"city": "line3"},
)


def test_every_mapping_is_an_entry() -> None:
    entries = list_rules(RULES)
    assert entries[("policy", "quote_status", "pending")] == 2
    assert entries[("groups", "categories", "Cabling")] == 5
    assert entries[("groups", "default")] == 7
    assert entries[("addresses", "city")] == "line3"
    assert entries[("billing_periods", "monthly")] == 2


def test_what_changed_is_told_entry_by_entry() -> None:
    after = RULES.model_copy(
        update={
            "policy": RULES.policy.model_copy(update={"quote_discount": Placement.LINE, "quote_status": {}}),
            "groups": ProductGroups(default=7, categories={"Cabling": 6, "Lamps": 8}),
        }
    )
    changes = {row.path: (row.before, row.after) for row in compare_rules(RULES, after)}
    assert changes == {
        ("policy", "quote_discount"): ("spread", "line"),
        ("policy", "quote_status", "pending"): (2, None),
        ("groups", "categories", "Cabling"): (5, 6),
        ("groups", "categories", "Lamps"): (None, 8),
    }
    assert compare_rules(RULES, RULES) == ()


def test_rules_of_another_portal_are_read() -> None:
    stored = RULES.model_dump(mode="json")
    stored["gone"] = True
    stored["policy"]["also_gone"] = 3
    del stored["policy"]["section_headers"]
    del stored["price_decimals"]
    assert read_rules(stored) == RULES

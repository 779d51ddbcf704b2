"""The troubleshooting table, from the source: `python -m tests.troubleshooting` writes docs/troubleshooting.md.

Codes and ways out are read off the error tree and off every `Problem` that the domain makes, so that they cannot
drift; only what a code means is written here, and a code without a meaning fails.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"

_INTRO = """# Troubleshooting

Every reason for which a quote can stop or wait, by its code: the code stands under *Details* of an attempt, in
exports and in `manage.py deliveries --json`. It is made from the source by `python -m tests.troubleshooting`.
"""
_MEANINGS = {
    "already_sold": "the quote changed in Quoter after its sales order was invoiced or delivered in Halo",
    "client_ambiguous": "a missing user is to be created, and several Halo clients have the company's name",
    "currency_unexpected": "the quote is in another currency than the integration expects",
    "halo_edited": "somebody changed the Halo quote since the portal wrote it, and Quoter has other values",
    "line_ambiguous": "several Halo products have the line's SKU or name",
    "line_link_broken": "a line is linked to a Halo product that is gone or inactive",
    "line_period_mismatch": "a recurring line met a one-time product, or the reverse",
    "line_without_group": "a new product is needed and its category is mapped to no product group",
    "opportunity_ambiguous": "the quote names no opportunity, or several may be meant",
    "opportunity_missing": "the named opportunity does not exist, is no opportunity, or belongs to another client",
    "period_unknown": "Halo's code for a line's billing period is not set",
    "person_ambiguous": "several Halo users have the contact's e-mail address",
    "person_is_lead": "no active Halo user has the contact's e-mail address, but an open lead carries it",
    "person_unknown": "no active Halo user has the contact's e-mail address",
    "quote_ambiguous": "Halo has several quotes with this Quoter number on the opportunity",
    "quote_gone": "the Halo quote that shows this one was deleted",
    "interrupted": "the worker stopped in the middle of the attempt, five times in a row if it waits for you",
    "portal_error": "the portal made a mistake of its own",
}
# Not classes and not problems: the words stand where these two are made.
_SPOKEN = {
    "interrupted": "Press Sync again. If it happens again, send the details to the portal's maintainers.",
    "portal_error": "Press Sync again. If it comes back, send the details to the portal's maintainers.",
}
# Bases of the tree, and what no attempt ends with.
_NEVER_SHOWN = {"portal", "remote", "not_verified", "lease_lost", "needs_attention", "not_decided", "not_carried"}
Row = tuple[str, str, str]


def make_page() -> str:
    """Return the page."""
    yours, its = [*_problems(), *((code, _MEANINGS[code], text) for code, text in _SPOKEN.items())], []
    for code, meaning, hint, retries in _errors():
        (its if retries else yours).append((code, meaning, hint))
    parts = [_INTRO, _table("It is your turn", yours), _table("The portal goes on by itself", its)]
    return "\n".join(parts)


def _table(title: str, rows: list[Row]) -> str:
    lines = [f"## {title}", "", "| Code | What it means | Way out |", "|---|---|---|"]
    lines += [f"| `{code}` | {meaning} | {way_out} |" for code, meaning, way_out in sorted(rows)]
    return "\n".join(lines) + "\n"


def _problems() -> Iterator[Row]:
    seen: dict[str, str] = {}
    for path in sorted((ROOT / "integrations" / "domain").glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Problem":
                        given = {keyword.arg: keyword.value for keyword in call.keywords}
                        seen |= dict.fromkeys(_codes(given["code"], function), _words(given["hint"]))
    for code, hint in seen.items():
        yield code, _MEANINGS[code], hint


def _words(value: ast.expr) -> str:
    """Return a literal text; what a formatted one puts in is left open."""
    if isinstance(value, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in value.values)
    return str(ast.literal_eval(value))


def _codes(value: ast.expr, function: ast.FunctionDef) -> Iterator[str]:
    """Return the literal, or all literals that the function gives to the variable."""
    if isinstance(value, ast.Constant):
        yield str(value.value)
        return
    assert isinstance(value, ast.Name), ast.dump(value)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            names = [getattr(target, "id", "") for target in node.targets[0].elts]
            if value.id in names and isinstance(node.value, ast.Tuple):
                yield str(ast.literal_eval(node.value.elts[names.index(value.id)]))


def _errors() -> Iterator[tuple[str, str, str, bool]]:
    # Importing all of it makes every class of the tree known, whatever else was imported before.
    import integrations
    from integrations.errors import PortalError

    for module in pkgutil.walk_packages(integrations.__path__, "integrations."):
        if not module.name.startswith(("integrations.migrations", "integrations.simulator")):
            importlib.import_module(module.name)

    todo: list[type[PortalError]] = [PortalError]
    while todo:
        error = todo.pop()
        todo += error.__subclasses__()
        if error.code not in _NEVER_SHOWN and error.__module__.startswith("integrations."):
            meaning = " ".join((error.__doc__ or "").split("\n\n")[0].split()).rstrip(".")
            yield (
                error.code,
                meaning[:1].lower() + meaning[1:],
                error.hint or "The message says it.",
                error.retryable,
            )


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PAGE.write_text(make_page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")

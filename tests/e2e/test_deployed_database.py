"""The product with the rights it has in a deployment, and back from a backup."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.devdb import DevServer
from tests.databases import ROOT
from tests.e2e.deployment import Deployed
from tests.e2e.journeys import (
    PASSWORD,
    ToTry,
    companies_in,
    confirm,
    sign_in_with,
    start_sign_up,
    usual,
)
from tests.e2e.product import newcomers_environment, started

FORBIDDEN = (
    "UPDATE audit_events SET action = action",
    "DELETE FROM audit_events",
    "TRUNCATE audit_events",
    "DROP TABLE audit_events",
    "UPDATE ledger_transactions SET kind = kind",
    "DELETE FROM ledger_transactions",
    "UPDATE ledger_entries SET amount = -amount",
    "DELETE FROM ledger_entries",
    "TRUNCATE ledger_entries",
    "DELETE FROM ledger_accounts",
    "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
    "UPDATE operator_acts SET operator = operator",
    "DELETE FROM operator_acts",
    "UPDATE invoices SET total = total",
    "DELETE FROM invoices",
    "UPDATE invoice_lines SET net = net",
    "DELETE FROM invoice_allocations",
    "DELETE FROM invoice_parts",
    "UPDATE payment_events SET source = source",
    "DELETE FROM payment_events",
    "UPDATE payment_postings SET payment_id = payment_id",
    "DELETE FROM payment_postings",
    "UPDATE bank_statements SET profile = profile",
    "DELETE FROM bank_statements",
    "DELETE FROM bank_lines",
    "DELETE FROM payments",
    "UPDATE settlements SET period = period",
    "DELETE FROM settled_registers",
    "DELETE FROM reading_windows",
    "UPDATE reading_receipts SET digest = digest",
    "DELETE FROM reading_receipts",
    "DELETE FROM receipt_chains",
    "ALTER TABLE reading_receipts DISABLE TRIGGER ALL",
    "ALTER TABLE audit_events DISABLE TRIGGER ALL",
    "CREATE TABLE mine ()",
    "SET ROLE cabinet_owner",
    "UPDATE alembic_version SET version_num = '0001'",
)
"""What the role of the application must not do."""
RECIPE = re.compile(
    r"^## Backups and restore$.*?^```bash$(?P<shell>.*?)^```$", re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def deployed(folder: Path) -> Iterator[Deployed]:
    """Roles as `deploy/roles.sql` makes them, tables as `migrate` makes them as the owner."""
    with DevServer("dev", state_dir=folder / "state") as server:
        server.ensure_database("cabinet")
        deployed = Deployed(server, folder / "state")
        made = deployed.run("psql", "--file", ROOT / "deploy" / "roles.sql", "cabinet")
        assert made.returncode == 0, made.stderr
        migrated = deployed.migrate(app_role="cabinet_app")
        assert migrated.returncode == 0, migrated.stderr
        yield deployed


def asked(url: str, *statements: str) -> list[Any]:
    async def ask() -> list[Any]:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return [await connection.fetchval(each) for each in statements]
        finally:
            await connection.close()

    return asyncio.run(ask())


def submit(client: httpx.Client) -> None:
    [account] = client.get("/v1/accounts", params={"status": "linked"}).json()["items"]
    form = client.get(f"/v1/accounts/{account['id']}/reading-form").json()
    typed = [each for each in form["registers"] if each["expected"] and not each["refusal"]]
    readings = [usual(register) for register in typed]
    done = client.post(
        f"/v1/accounts/{account['id']}/readings",
        json={"readings": readings, "confirm_unusual": True},
    )
    assert done.status_code == 201, done.text


def main_job(client: httpx.Client, company: ToTry) -> None:
    tokens = confirm(client, start_sign_up(client, company), company)
    sign_in_with(client, tokens)
    submit(client)


def test_the_application_does_its_work_and_cannot_change_the_audit_trail(
    deployed: Deployed, tmp_path: Path
) -> None:
    url = deployed.url("cabinet_app")
    environment = newcomers_environment(deployed.state.parent / "app") | {"DATABASE_URL": url}

    with started(environment, cwd=tmp_path) as product, product.client() as client:
        main_job(client, companies_in(product.said)[0])

    [events] = asked(url, "SELECT count(*) FROM audit_events")
    assert events > 0
    for forbidden in FORBIDDEN:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            asked(url, forbidden)
    assert asked(url, "SELECT count(*) FROM audit_events") == [events]


def test_old_events_go_by_the_one_function_that_may_delete_them(deployed: Deployed) -> None:
    url = deployed.url("cabinet_app")
    company = (
        "INSERT INTO organizations (id, tax_id, name) VALUES "
        "('01936f2e-0000-7000-8000-000000000001', '00000000', 'of a test')"
    )
    event = (
        "INSERT INTO audit_events (organization_id, id, happened_at, action, details) VALUES "
        "('01936f2e-0000-7000-8000-000000000001', gen_random_uuid(), "
        "now() - interval '{days} days', 'test', '{{}}')"
    )

    *_, deleted, left = asked(
        url,
        company,
        event.format(days=31),
        event.format(days=29),
        "SELECT delete_old_audit_events(now() + interval '1 day', 10)",
        "SELECT count(*) FROM audit_events WHERE action = 'test'",
    )

    assert (deleted, left) == (1, 1)


@pytest.mark.parametrize("role", ["cabinet_owner", "cabinet", "nobody_of_this_name"])
def test_a_role_with_which_the_rights_mean_nothing_is_refused(
    deployed: Deployed, role: str
) -> None:
    refused = deployed.migrate(app_role=role)

    assert refused.returncode == 1
    assert f"The rights of {role} could not be granted" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_recipe_for_backup_and_restore_brings_everything_back(
    deployed: Deployed, tmp_path: Path
) -> None:
    environment = newcomers_environment(deployed.state.parent / "app")
    source = environment | {"DATABASE_URL": deployed.url("cabinet_app")}
    with started(source, cwd=tmp_path) as product, product.client() as client:
        companies = companies_in(product.said)
        company, other = companies[1], companies[2]
        main_job(client, company)
    recipe = RECIPE.search((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
    assert recipe is not None

    done = deployed.run(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        recipe["shell"],
        BACKUP=str(tmp_path / "cabinet.dump"),
        DATABASE_URL=deployed.url("cabinet_owner", "cabinet_restored"),
    )

    assert done.returncode == 0, done.stderr
    url = deployed.url("cabinet_app", "cabinet_restored")
    with started(environment | {"DATABASE_URL": url}, cwd=tmp_path) as product:
        with product.client() as client:
            credentials = {"phone": company.phone, "password": PASSWORD}
            signed_in = client.post("/v1/sessions", json=credentials)
            sign_in_with(client, signed_in.json())
            [account] = client.get("/v1/accounts", params={"status": "linked"}).json()["items"]
            listed = client.get(f"/v1/accounts/{account['id']}/readings").json()["items"]
            assert any(each["source"] == "cabinet" for each in listed)
        with product.client() as client:
            main_job(client, other)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asked(url, "DELETE FROM audit_events")

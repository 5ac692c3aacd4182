"""The main job on real input, from an empty folder, with nothing but `run.py` and HTTP."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sandbox.demonstration import REGISTER
from tests.cli.waiting import wait_until
from tests.databases import ROOT
from tests.e2e.journeys import (
    PASSWORD,
    ToTry,
    companies_in,
    confirm,
    inbox,
    sign_in_with,
    start_sign_up,
    unusual,
    usual,
)
from tests.e2e.product import Product, newcomers_environment, run_py, started

SAMPLE = ROOT.parent / "shared" / "registry"
EXPORT = SAMPLE if SAMPLE.is_dir() else REGISTER

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def environment(folder: Path) -> dict[str, str]:
    return newcomers_environment(folder / "state")


@pytest.fixture(scope="module")
def loaded(folder: Path, environment: dict[str, str]) -> Done:
    """The register is loaded into an empty folder, so that the product has no other customers."""
    return run_py("registry", "load", EXPORT, environment=environment, cwd=folder)


@pytest.fixture(scope="module")
def product(folder: Path, environment: dict[str, str], loaded: Done) -> Iterator[Product]:
    assert loaded.returncode == 0, loaded.stderr
    with started(environment, cwd=folder) as product:
        yield product


@pytest.fixture(scope="module")
def companies(product: Product) -> list[ToTry]:
    return companies_in(product.said)


def counted(loaded: Done) -> dict[str, list[int]]:
    """Return what the summary says of each file: added, changed, same, kept, refused."""
    rows = [line.replace("│", " ").split() for line in loaded.stdout.splitlines() if ".csv" in line]
    return {name: [int(count) for count in counts] for name, *counts in rows}


def test_the_same_export_changes_nothing_the_second_time(loaded: Done, product: Product) -> None:
    again = run_py(
        "registry", "load", EXPORT, environment=product.environment, cwd=product.log.parent
    )

    first, second = counted(loaded), counted(again)
    assert first["readings.csv"][0] > 1000
    assert {name: [0, 0, counts[0], 0, 0] for name, counts in first.items()} == second


def test_a_damaged_export_is_refused_with_file_and_line(product: Product, tmp_path: Path) -> None:
    damaged = shutil.copytree(EXPORT, tmp_path / "damaged", copy_function=shutil.copyfile)
    lines = (damaged / "readings.csv").read_text(encoding="utf-8").splitlines()
    lines[41] = lines[41].replace("2", "x", 1)
    (damaged / "meters.csv").chmod(0o600)
    (damaged / "readings.csv").write_text("\n".join(lines), encoding="utf-8")

    refused = run_py("registry", "load", damaged, environment=product.environment, cwd=tmp_path)

    assert refused.returncode == 1
    assert "readings.csv:42: " in refused.stderr
    assert "Nothing was loaded" in refused.stderr
    assert counted(refused) == {}


def test_a_company_does_the_main_job(product: Product, companies: list[ToTry]) -> None:
    with product.client() as client:
        signed_in = become_a_member(client, companies[0])
        account = look_around(client, companies[0])
        period, ids = hand_in(client, account)
        read_back(client, account, period, ids)
        leave(client, signed_in)


def become_a_member(client: httpx.Client, company: ToTry) -> dict[str, Any]:
    confirmed = confirm(client, start_sign_up(client, company), company)
    assert confirmed["ownership"] == "proven"
    sign_in = {"account_number": company.account_number, "password": PASSWORD}
    answer = client.post("/v1/sessions", json=sign_in)
    assert answer.status_code == 201, answer.text
    tokens: dict[str, Any] = answer.json()
    sign_in_with(client, tokens)
    return tokens


def look_around(client: httpx.Client, company: ToTry) -> str:
    me = client.get("/v1/me").json()
    assert me["organization"]["tax_id"] == company.tax_id
    [account] = client.get("/v1/accounts", params={"status": "linked"}).json()["items"]
    assert account["account_number"] == company.account_number
    address = f"/v1/accounts/{account['id']}"
    assert client.get(address).json()["metering_points"]
    return address


def hand_in(client: httpx.Client, account: str) -> tuple[str, set[str]]:
    form = client.get(f"{account}/reading-form").json()
    assert form["window"]["state"] == "open"
    typed = [each for each in form["registers"] if each["expected"] and not each["refusal"]]
    assert typed
    assert all(each["submitted"] is None for each in typed)

    as_usual = {"readings": [usual(register) for register in typed]}
    dry = client.post(f"{account}/readings", json=as_usual | {"dry_run": True})
    assert (dry.status_code, dry.json()["receipt_id"]) == (200, None)
    submitted = client.post(f"{account}/readings", json=as_usual)
    assert submitted.status_code == 201, submitted.text
    receipt = client.get(f"/v1/reading-receipts/{submitted.json()['receipt_id']}").json()
    assert [each["id"] for each in receipt["items"]]

    surprising = {"readings": [unusual(typed[0])]}
    doubted = client.post(f"{account}/readings", json=surprising)
    assert (doubted.status_code, doubted.json()["code"]) == (409, "reading_unusual")
    confirmed = client.post(f"{account}/readings", json=surprising | {"confirm_unusual": True})
    assert confirmed.status_code == 201, confirmed.text
    [first, *_], [last] = submitted.json()["items"], confirmed.json()["items"]
    assert last["supersedes"] == first["id"]
    return form["period"], {each["id"] for each in (*submitted.json()["items"], last)}


def read_back(client: httpx.Client, account: str, period: str, ids: set[str]) -> None:
    listed = client.get(f"{account}/readings", params={"from": period}).json()["items"]
    assert {each["id"] for each in listed} == ids
    span = {"from": period, "to": period, "group_by": "total"}
    consumption = client.get(f"{account}/consumption", params=span).json()
    assert Decimal(consumption["items"][0]["kwh"]) > 0
    assert client.get(f"{account}/consumption/chart.svg").text.startswith("<svg")


def leave(client: httpx.Client, tokens: dict[str, Any]) -> None:
    refreshed = client.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 200, refreshed.text
    sign_in_with(client, refreshed.json())
    assert client.delete("/v1/sessions/current").status_code == 204
    assert client.get("/v1/me").json()["code"] == "session_ended"


def test_a_worker_killed_between_commit_and_send_loses_no_code(
    product: Product, companies: list[ToTry]
) -> None:
    company, worker = companies[1], product.worker()
    with product.client() as client:
        # Stopped first, so that it is certain to be killed before it can send.
        os.kill(worker, signal.SIGSTOP)
        sign_up = start_sign_up(client, company)
        assert inbox(client, company.phone) == []

        os.kill(worker, signal.SIGKILL)

        assert confirm(client, sign_up, company)["ownership"] == "proven"
        assert len(inbox(client, company.phone)) == 1
    wait_until(lambda: product.worker() != worker)
    assert "The worker stopped (exit code -9); starting it again." in product.said

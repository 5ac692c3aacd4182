"""How the product ends, whatever ends it: no process stays, and the data does."""

import time
from pathlib import Path

from tests.cli.waiting import wait_until
from tests.e2e.journeys import companies_in, confirm, sign_in_with, start_sign_up
from tests.e2e.product import newcomers_environment, started, still_alive

QUICK = 15.0
"""Seconds for a second start; it takes two where nothing else runs."""


def test_data_outlives_the_program_and_no_process_does(folder: Path) -> None:
    environment = newcomers_environment(folder / "state")

    with started(environment, cwd=folder) as product, product.client() as client:
        company = companies_in(product.said)[0]
        tokens = confirm(client, start_sign_up(client, company), company)
        first = product.processes()
        product.interrupt()
        assert product.process.returncode == 0
        assert product.said.endswith("Stopped.\n")
        assert still_alive(first) == {}

    asked_at = time.monotonic()
    with started(environment, cwd=folder) as product, product.client() as client:
        assert time.monotonic() - asked_at < QUICK
        sign_in_with(client, tokens)
        assert client.get("/v1/me").json()["organization"]["tax_id"] == company.tax_id
        second = product.processes()
        assert len(second) > len({"supervisor", "api", "worker", "guardian", "postgres"})

        product.kill()

        wait_until(lambda: not still_alive(second), seconds=QUICK)

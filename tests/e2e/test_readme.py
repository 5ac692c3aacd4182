"""The README's own commands, pasted into a bash beside the running product."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import ROOT
from tests.e2e.product import Product, newcomers_environment, started
from tests.rounds import few_or_many

BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
USUAL_ADDRESS = "http://127.0.0.1:8000"
NEEDED = ("bash", "curl", "python3")

STEPS = [
    "draft",
    "submitted",
    "registered",
    "quoted",
    "awaiting_payment",
    "paid",
    "scheduled",
    "in_progress",
    "done",
]

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason=f"the README's commands need {', '.join(NEEDED)}"
)


@pytest.fixture
def product(folder: Path) -> Iterator[Product]:
    with started(newcomers_environment(folder / "state"), cwd=folder) as product:
        yield product


def answers_in(output: str) -> list[dict[str, Any]]:
    """Return the JSON objects that stand in the output, one after another."""
    decoder, found, at = json.JSONDecoder(), [], output.find("{")
    while at >= 0:
        answer, end = decoder.raw_decode(output, at)
        found.append(answer)
        at = output.find("{", end)
    return found


@pytest.mark.parametrize("pastes", few_or_many(1, 2))
def test_the_readmes_commands_do_the_main_job(product: Product, folder: Path, pastes: int) -> None:
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    script = "\n".join(blocks * pastes).replace(USUAL_ADDRESS, product.url)

    done = subprocess.run(
        ["bash", "-euo", "pipefail"],  # noqa: S607 - the bash that a newcomer has
        input=script,
        capture_output=True,
        text=True,
        cwd=folder,
        env=product.environment | {"no_proxy": "*"},
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    answers = answers_in(done.stdout)
    of_a_paste = len(answers) // pastes
    numbers = set()
    for paste in range(pastes):
        me, form, submitted, consumption, paid, balance, placed, over = answers[
            paste * of_a_paste : (paste + 1) * of_a_paste
        ]
        assert me["ownership"] == "proven"
        assert form["window"]["state"] == "open"
        assert submitted["items"][0]["status"] == "accepted"
        [month] = consumption["items"]
        assert month["period"] == submitted["period"] == form["period"]
        assert month["kwh"] == submitted["consumption_kwh"]
        assert (paid["status"], paid["amount"]) == ("succeeded", "1500.00")
        assert balance["prepaid"] >= "1500.00"
        assert (placed["status"], over["status"]) == ("registered", "done")
        assert [each["status"] for each in over["history"]] == STEPS
        numbers.add(over["number"])
    assert len(numbers) == pastes

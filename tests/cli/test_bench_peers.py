from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import cli
from benchmarks.peers.kinds import KINDS
from benchmarks.peers.report import write_report
from benchmarks.peers.results import Result, Sample

RATES = {
    "cabinet": (300.0, 100.0, 200.0),
    "bare ASGI + asyncpg": (600.0, 100.0, 800.0),
    "fastapi-users": (30.0, 10.0, 50.0),
}


def measured() -> Result:
    return Result(
        KINDS["me"],
        {
            side: [Sample(per_second=rate, p50=1.5, p99=4, server_us=80) for rate in rates]
            for side, rates in RATES.items()
        },
    )


def test_a_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    ours, bare, peer = measured().lines()

    # Of the medians themselves it would be 200 / 600 and 200 / 30.
    assert (bare.ratio, bare.spread, bare.verdict) == ("0.50", "0.25-1.00", "missed")
    assert (peer.ratio, peer.spread, peer.verdict) == ("10.00", "4.00-10.00", "reached")
    assert (ours.rate, ours.ratio, ours.goal) == ("200", "", "")


def test_the_report_says_what_was_measured_and_draws_it_to_scale(tmp_path: Path) -> None:
    write_report(tmp_path, [measured()], {"cabinet": 90.4}, conditions="On a machine.")

    page = (tmp_path / "peers.md").read_text()
    assert page.startswith("On a machine.\n\n**GET /v1/me**\n\n| Side |")
    assert "| bare ASGI + asyncpg | 600 | 0.50 | 0.25-1.00 | >= 0.55 | **missed** |" in page
    assert "| cabinet | 90 |" in page
    drawn = ET.fromstring((tmp_path / "peers.svg").read_text())  # noqa: S314 - our own
    _background, *bars = drawn.iter("{http://www.w3.org/2000/svg}rect")
    widths = [int(bar.attrib["width"]) for bar in bars]
    assert widths == [147, 440, 22]


@pytest.mark.slow
def test_every_peer_answers_as_the_product_does(cli_runner: CliRunner) -> None:
    """It installs each peer's environment the first time, so it needs a network then."""
    done = cli_runner.invoke(cli, ["bench", "peers", "--check", "--readings", "20000"])

    assert done.exit_code == 0

"""A gate: no locked package has a known weakness. Skipped where the advisories are not reached."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import typer

from app.cli.project import ROOT

ADVISORIES = "https://api.osv.dev/v1/query"
LOCKS = ("requirements.lock", "uv.lock.txt")
SKIPPED = 75
"""The exit code of a gate that could not be tried, as sendmail's EX_TEMPFAIL."""
REACH_SECONDS = 8
"""Nobody without a network waits longer."""
AUDIT_SECONDS = 180
QUESTION = b'{"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "0"}'

NOT_REACHED = "Skipped: the advisories at {address} cannot be reached ({error})."
NOT_FINISHED = "Skipped: the advisories were not read to the end ({error})."
CLEAN = "No known weakness in {count} locked packages."
FOUND = """\
Known weaknesses in what is locked:
{lines}
  Raise the version: python3 run.py lock --upgrade-package NAME"""


def audit(address: str = ADVISORIES, locks: Sequence[str] = LOCKS) -> int:
    """Print what is known about the locked packages; return the gate's exit code."""
    if trouble := _trouble_with(address):
        typer.echo(NOT_REACHED.format(address=address, error=trouble))
        return SKIPPED
    told, trouble = _ask(address, locks)
    if told is None:
        typer.echo(NOT_FINISHED.format(error=trouble))
        return SKIPPED
    found = list(_weaknesses(told))
    if found:
        typer.echo(FOUND.format(lines="\n".join(f"  {line}" for line in found)))
        return 1
    typer.echo(CLEAN.format(count=len(told["dependencies"])))
    return 0


def _trouble_with(address: str) -> str | None:
    """Return why the advisories cannot be reached, after a bounded time.

    In a thread, because looking a name up knows no timeout.
    """
    told: list[str | None] = []
    probe = threading.Thread(target=lambda: told.append(_probed(address)), daemon=True)
    probe.start()
    probe.join(REACH_SECONDS)
    return told[0] if told else f"no answer in {REACH_SECONDS} s"


def _probed(address: str) -> str | None:
    request = Request(address, data=QUESTION, headers={"Content-Type": "application/json"})  # noqa: S310 - https, or the server of a test
    try:
        with suppress(HTTPError), urlopen(request, timeout=REACH_SECONDS):  # noqa: S310 - the same
            return None
    except OSError as error:
        return str(getattr(error, "reason", error))
    # It answers, if only to say that it did not like the question.
    return None


def _ask(address: str, locks: Sequence[str]) -> tuple[dict[str, Any] | None, str]:
    options = ["--vulnerability-service", "osv", "--osv-url", address, "--timeout", "10"]
    options += [
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--require-hashes",
        "--disable-pip",
    ]
    named = [part for lock in locks for part in ("--requirement", lock)]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pip_audit", *options, *named],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=AUDIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return None, f"no end after {AUDIT_SECONDS} s"
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        # It prints its report only when every package has been asked about.
        return None, (done.stderr.strip().splitlines() or ["no report"])[-1]
    return told, ""


def _weaknesses(told: dict[str, Any]) -> Iterator[str]:
    for package in told["dependencies"]:
        for each in package.get("vulns", []):
            fixed = ", ".join(each["fix_versions"]) or "no version"
            yield f"{package['name']} {package['version']}: {each['id']}, mended in {fixed}"


if __name__ == "__main__":
    sys.exit(audit())

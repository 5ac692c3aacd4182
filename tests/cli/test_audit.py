"""The gate of known weaknesses, with advisories that a server of the test gives."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

from app.cli import checks
from app.cli.audit import SKIPPED, audit

WEAK = {
    "vulns": [
        {
            "id": "TEST-2026-1",
            "summary": "a weakness of a test",
            "affected": [
                {
                    "package": {"name": "typer", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "99.0"}]}],
                }
            ],
        }
    ]
}


@contextmanager
def advisories(*, weak: str = "", status: int = 200) -> Iterator[str]:
    """A server that knows a weakness of one package, or is ill."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = WEAK if asked["package"]["name"] == weak else {}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def lock(tmp_path: Path) -> str:
    path = tmp_path / "requirements.lock"
    digest = "0" * 64
    path.write_text(f"typer==0.29.0 --hash=sha256:{digest}\nclick==8.3.0 --hash=sha256:{digest}\n")
    return str(path)


def test_what_has_no_known_weakness_passes(lock: str, capsys: pytest.CaptureFixture[str]) -> None:
    with advisories() as address:
        assert audit(address, [lock]) == 0

    assert "No known weakness in 2 locked packages." in capsys.readouterr().out


def test_a_known_weakness_fails_the_gate_with_its_remedy(
    lock: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with advisories(weak="typer") as address:
        assert audit(address, [lock]) == 1

    said = capsys.readouterr().out
    assert "typer 0.29.0: TEST-2026-1, mended in 99.0" in said
    assert "run.py lock --upgrade-package NAME" in said


def test_without_a_network_the_gate_is_skipped_quickly(
    lock: str, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()

    # A port on which nobody listens, and an address of documentation that nobody answers.
    assert audit("http://127.0.0.1:1/v1/query", [lock]) == SKIPPED
    assert audit("http://192.0.2.1/v1/query", [lock]) == SKIPPED

    assert time.monotonic() - began < 20
    assert capsys.readouterr().out.count("Skipped: the advisories at http") == 2


def test_advisories_that_fail_in_the_middle_skip_the_gate(
    lock: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with advisories(status=500) as address:
        assert audit(address, [lock]) == SKIPPED

    assert "not read to the end" in capsys.readouterr().out


def test_a_skipped_gate_is_named_and_stops_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    skipping = ["python3", "-c", f"raise SystemExit({SKIPPED})"]

    assert checks.pass_through_all({"advisories": skipping})
    assert "  advisories           skipped" in capfd.readouterr().out

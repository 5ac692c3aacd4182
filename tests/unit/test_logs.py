import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.logs import censored, configure_logs

TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
SECRETS = ("380671234588", "32855961", "1000000748", "Qwer123!", TOKEN, "123456")
COMPLAINT = """\
sqlalchemy.exc.IntegrityError: duplicate key value
DETAIL:  Key (phone)=(+380671234588) already exists.
[SQL: INSERT INTO members (phone) VALUES ($1)]
[parameters: ('+380671234588', 'Qwer123!', '32855961')]
Bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl, code 123456, account 1000000748
  File "app/services/identity/sign_ups.py", line 12345, in start"""


@pytest.fixture
def output(capsysbinary: pytest.CaptureFixture[bytes]) -> Iterator[pytest.CaptureFixture[bytes]]:
    """What is written to standard output; the process's logging is put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())
    configure_logs()
    yield capsysbinary
    root.handlers, root.level = before[0], before[1]
    structlog.configure(**before[2])


def lines(output: pytest.CaptureFixture[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.readouterr().out.splitlines()]


def fail() -> None:
    raise RuntimeError(COMPLAINT)


def test_nobodys_secrets_stand_in_a_traceback() -> None:
    text = censored(COMPLAINT)

    assert not [secret for secret in SECRETS if secret in text]
    assert "IntegrityError: duplicate key value" in text
    assert 'File "app/services/identity/sign_ups.py", line 12345' in text


def test_a_line_is_json_with_a_time(output: pytest.CaptureFixture[bytes]) -> None:
    structlog.get_logger("test").info("request", status=200, text="текст")

    [line] = lines(output)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "request", "level": "info", "status": 200, "text": "текст"}


def test_an_exception_is_told_without_what_it_repeats(output: pytest.CaptureFixture[bytes]) -> None:
    try:
        fail()
    except RuntimeError:
        structlog.get_logger("test").exception("failed")

    [line] = lines(output)
    assert "RuntimeError" in line["exception"]
    assert "in test_an_exception_is_told_without_what_it_repeats" in line["exception"]
    assert not [secret for secret in SECRETS if secret in line["exception"]]


def test_what_libraries_warn_about_becomes_a_line_too(output: pytest.CaptureFixture[bytes]) -> None:
    logging.getLogger("asyncpg").warning("no reply to %s", "+380671234588")
    logging.getLogger("asyncpg").info("chatter")

    [line] = lines(output)
    assert line["event"] == "library"
    assert line["message"] == "no reply to <number>"
    assert line["level"] == "warning"

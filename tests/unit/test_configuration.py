"""What settings take and refuse, and what becomes of the names and files that give them."""

import re
import time
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest

from app.configuration.files import LONGEST, SecretFileRefused, secret, secrets_in_files
from app.configuration.names import unknown_variables
from app.configuration.rules import (
    require_network,
    require_origin,
    require_quick_pattern,
    require_strong,
)
from app.configuration.subjects import KINDS
from app.models.metering.settings import MeteringSettings
from app.settings import Settings, SettingsRefused, load_settings

STRONG = "q7Zp1xV-nK4tY9_rB2mW8sD3fG6hJ0cL"
UNKNOWN = "is not a setting of this program, and is ignored"
OTHER = "aL5vC8xN-eQ1wE4_zR7tY2uI9oP6sD3fG"


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{4,12}",
        r"[0-9]{10}",
        r"(?:12|34)\d{8}",
        r"UA-\d{3}/\d{2,6}",
        r"\d{6}|\d{10}",
        r"[A-Z]{2}\d{1,8}[A-Z]?",
    ],
)
def test_patterns_of_account_numbers_that_are_quick_are_taken(pattern: str) -> None:
    require_quick_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\d+)+",
        r"\d*",
        r"(\d{1,20}){9}",
        r"(?:a|a)?",
        r"\d{4,}",
        r"\d{1,65}",
        r"(?=\d)\d{4}",
        r"(\d)\1",
        r"\d{1,9}\d{1,9}\d{1,9}",
        "|".join("123456789"),
        "1" * 201,
        "(",
    ],
)
def test_patterns_that_may_be_slow_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        require_quick_pattern(pattern)


def test_the_slowest_pattern_that_is_taken_is_quick() -> None:
    pattern = "(?:1|1)" * 7 + r"\d{1,64}\d{1,64}"
    require_quick_pattern(pattern)

    began = time.process_time()
    assert re.fullmatch(pattern, "1" * 128 + "x") is None
    assert time.process_time() - began < 2


@pytest.mark.parametrize("origin", ["https://cabinet.example", "http://localhost:3000"])
def test_an_origin_is_what_browsers_send(origin: str) -> None:
    require_origin(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example",
        "https://cabinet.example/",
        "https://cabinet.example/path",
        "https://Cabinet.example",
        "https://user@cabinet.example",
        "cabinet.example",
        "//cabinet.example",
        "null",
        "ftp://cabinet.example",
    ],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(origin))):
        require_origin(origin)


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "10.0.0.0/0", "nonsense"])
def test_everybody_is_no_proxy(network: str) -> None:
    with pytest.raises(ValueError, match=r"everybody|does not appear"):
        require_network(network)


@pytest.mark.parametrize("text", ["a" * 64, "ab" * 32, "0123456789ABCDE" * 3, "hunter2"])
def test_a_secret_that_can_be_guessed_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"easy to guess|shorter than") as refused:
        require_strong(text)

    assert text not in str(refused.value)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_a_secret_is_read_from_its_file_without_the_line_break(tmp_path: Path, ending: str) -> None:
    (tmp_path / "token").write_bytes(f" a token {ending}".encode())

    assert (
        secret("CABINET_SMS_TOKEN", {"CABINET_SMS_TOKEN_FILE": str(tmp_path / "token")})
        == " a token "
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "is not text"),
        (b"x" * (LONGEST + 1), "is longer than"),
    ],
)
def test_a_file_without_a_secret_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)

    with pytest.raises(SecretFileRefused, match=f"CABINET_SMS_TOKEN_FILE.*{reason}"):
        secrets_in_files({"CABINET_SMS_TOKEN_FILE": str(tmp_path / "token")})


def test_a_secret_comes_from_one_place(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from the file")
    both = {
        "CABINET_SMS_TOKEN": "from the variable",
        "CABINET_SMS_TOKEN_FILE": str(tmp_path / "token"),
        "CABINET_TOKEN_KEYS_FILE": str(tmp_path / "nothing"),
    }

    with pytest.raises(SecretFileRefused) as refused:
        secrets_in_files(both)

    lines = str(refused.value).splitlines()
    assert "CABINET_TOKEN_KEYS_FILE" in lines[0]
    assert "CABINET_SMS_TOKEN: set here and in CABINET_SMS_TOKEN_FILE too" in lines[1]
    assert "from the" not in str(refused.value)


def test_a_mistyped_name_is_named_with_the_nearest_setting() -> None:
    lines = unknown_variables(
        [
            "PATH",
            "CABINET_PORT",
            "CABINET_SMS_TOKN",
            "CABINET_SMS_TOKEN_FILE",
            "CABINET_DATABASE_URL",
            "CABINET_ZZZ",
        ],
        settings=Settings.model_fields,
    )

    assert lines == [
        f"CABINET_DATABASE_URL {UNKNOWN}; did you mean DATABASE_URL?",
        f"CABINET_SMS_TOKN {UNKNOWN}; did you mean CABINET_SMS_TOKEN?",
        f"CABINET_ZZZ {UNKNOWN}",
    ]


def test_of_many_unknown_names_twenty_are_named() -> None:
    lines = unknown_variables([f"CABINET_X{number}" for number in range(50)], settings=())

    assert len(lines) == 21
    assert lines[-1] == "... and 30 more variables of this kind"


def settings_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    ours = {
        "DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
        "CABINET_PUBLIC_URL": "https://cabinet.example",
        "CABINET_TOKEN_KEYS": "unused",
        "CABINET_SMS_URL": "https://sms.example",
        "CABINET_SMS_TOKEN": "t",
        "CABINET_SMS_SENDER": "Cabinet",
    }
    for name, value in (ours | variables).items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.mark.parametrize(
    "variables",
    [
        {"CABINET_SECRET_KEYS": f'["{STRONG}", "{OTHER}"]'},
        {"CABINET_SECRET_KEYS": f"{STRONG}\n{OTHER}"},
        {"CABINET_SECRET_KEYS": f"\n  {STRONG}  \n\n{OTHER}\n"},
    ],
)
def test_secret_keys_are_a_list_in_either_form(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    assert settings_with(monkeypatch, **variables).secrets == (STRONG, OTHER)


def test_one_secret_key_is_a_list_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_with(monkeypatch, CABINET_SECRET_KEY=STRONG).secrets == (STRONG,)


def test_secret_keys_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secret_keys"
    path.write_text(f"{STRONG}\n{OTHER}\n")

    assert settings_with(monkeypatch, CABINET_SECRET_KEYS_FILE=str(path)).secrets == (STRONG, OTHER)


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"CABINET_SECRET_KEY": STRONG, "CABINET_SECRET_KEYS": OTHER}, "set one of the two"),
        ({"CABINET_SECRET_KEYS": f"{STRONG}\nshort"}, "shorter than 32"),
        ({"CABINET_SECRET_KEYS": "[not json"}, "begins as a JSON list"),
        ({"CABINET_SECRET_KEYS": "[1]"}, "holds something that is no text"),
        ({"CABINET_SECRET_KEYS": "\n".join([STRONG] * 9)}, "more than 8 keys"),
    ],
)
def test_secret_keys_that_cannot_be_used_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], reason: str
) -> None:
    with pytest.raises(SettingsRefused, match=reason) as refused:
        settings_with(monkeypatch, **variables)

    assert STRONG not in str(refused.value)


def test_the_settings_of_a_subject_are_read_with_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = settings_with(
        monkeypatch, CABINET_SECRET_KEY=STRONG, CABINET_READING_WINDOW_CLOSES_ON_DAY="7"
    )

    assert settings.of_subjects.of(MeteringSettings) == MeteringSettings(
        reading_window_opens_days_before=2, reading_window_closes_on_day=7
    )


@pytest.mark.parametrize("day", ["28", "-1", "third"])
def test_a_setting_of_a_subject_has_bounds(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    with pytest.raises(SettingsRefused, match="CABINET_READING_WINDOW_CLOSES_ON_DAY"):
        settings_with(
            monkeypatch, CABINET_SECRET_KEY=STRONG, CABINET_READING_WINDOW_CLOSES_ON_DAY=day
        )


def test_no_two_subjects_have_a_setting_of_one_name() -> None:
    names = [field.name for kind in KINDS for field in fields(cast("Any", kind))]

    assert len(names) == len(set(names)) > 0
    assert not set(names) & set(Settings.__annotations__)

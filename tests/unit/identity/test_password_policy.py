import time

import pytest

from app.models.identity.password_policy import (
    EXAMPLE,
    MAX_LENGTH,
    RULES,
    PasswordTooWeak,
    missed_rules,
)

PHONE, ACCOUNT, TAX_ID = "+380671234588", "1000000748", "32855961"
KNOWN = (PHONE, ACCOUNT, TAX_ID)


@pytest.mark.parametrize(
    "password",
    [
        EXAMPLE,
        "Kyiv-2026",
        "correct Horse battery 7 staple!",
        "aA1!" * 32,
        "~Zz0aaaa",
        "Tr0ub4dor&3",
        "Qx7!Qx7!",
    ],
)
def test_a_good_password_misses_nothing(password: str) -> None:
    assert missed_rules(password, identifiers=KNOWN) == []


@pytest.mark.parametrize(
    ("password", "missed"),
    [
        ("", ["too_short", "no_lower_case", "no_upper_case", "no_digit", "no_symbol"]),
        ("Qwer12!", ["too_short"]),
        ("aA1!" * 32 + "a", ["too_long"]),
        ("qwer123!", ["no_upper_case"]),
        ("QWER123!", ["no_lower_case"]),
        ("Kyivan!!", ["no_digit"]),
        ("Kyiv7492", ["no_symbol"]),
        ("Kyiv 7492", ["no_symbol"]),
        ("Пароль123!", ["not_latin", "no_lower_case", "no_upper_case"]),
        ("Qwer123!ї", ["not_latin"]),
        ("Qwer123!é", ["not_latin"]),
        ("Qwer123!\x00", ["not_latin"]),
        ("Qwer123!\t", ["not_latin"]),
        ("Qwer123!\U0001f600", ["not_latin"]),
        ("Qwer\uff11\uff12!a1", ["not_latin"]),
    ],
)
def test_each_rule_is_named(password: str, missed: list[str]) -> None:
    assert missed_rules(password, identifiers=KNOWN) == missed


@pytest.mark.parametrize(
    "password",
    [
        "Password1!",
        "PASSWORD1!?",
        "P@ssw0rd!1",
        "Pa$$w0rd2026!",
        "Qwerty123!",
        "Welcome2026!!",
        "Dragon#1",
        "Admin123!",
        "Iloveyou1!",
        "password",
        "12345678",
        "letmein",
    ],
)
def test_what_attackers_try_first_is_too_common(password: str) -> None:
    assert "too_common" in missed_rules(password, identifiers=KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "Aa!+380671234588",
        "Aa!0671234588",
        "Aa!671234588",
        "Aa!067-123-45-88",
        "067 123 45 88 Aa!",
        "Aa!80671234588",
        f"Aa!{ACCOUNT}",
        f"Aa!{TAX_ID}zz",
    ],
)
def test_what_strangers_know_is_no_password(password: str) -> None:
    assert missed_rules(password, identifiers=KNOWN) == ["contains_identifier"]


def test_an_absent_identifier_is_contained_in_nothing() -> None:
    assert missed_rules(EXAMPLE, identifiers=("",)) == []


def test_the_refusal_names_every_rule() -> None:
    refusal = PasswordTooWeak(["too_short", "no_digit"], pointer="/new_password")

    assert [(flaw.pointer, flaw.code) for flaw in refusal.flaws] == [
        ("/new_password", "too_short"),
        ("/new_password", "no_digit"),
    ]
    assert set(RULES) > {"too_short", "no_digit"}


@pytest.mark.parametrize("password", ["a" * 1_000_000, "!" * 1_000_000, "1" * 1_000_000])
def test_a_monstrous_password_is_judged_quickly(password: str) -> None:
    started = time.thread_time()

    assert "too_long" in missed_rules(password, identifiers=KNOWN)
    assert time.thread_time() - started < 0.5
    assert len(password) > MAX_LENGTH

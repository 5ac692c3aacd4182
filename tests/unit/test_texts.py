import re
import string
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.models.identity.password_policy import MAX_LENGTH, MIN_LENGTH, RULES
from app.models.period import Period
from app.routers.problems.flaws import CODES, IDENTIFIER_CODES, VARIANTS
from app.routers.problems.known_codes import known_codes
from app.routers.public.operations.help import TOPICS
from app.texts import DEFAULT, Locale, TextMissing, Texts, TextsBroken, catalogue, preferred, say
from app.texts.catalogue import Text, merged

LANGUAGES = list(Locale)
KEYS = sorted(catalogue().keys())


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_language_says_the_same_things(locale: Locale) -> None:
    assert catalogue().keys(locale) == catalogue().keys(Locale.EN)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_language_uses_the_same_facts(locale: Locale) -> None:
    texts = catalogue()
    different = {
        key for key in KEYS if texts.placeholders(key, locale) != texts.placeholders(key, Locale.EN)
    }
    assert not different


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_text_is_empty_or_unfinished(locale: Locale) -> None:
    for key in KEYS:
        for form in catalogue().forms(key, locale):
            assert form == form.strip(), key
            assert form, key
            assert "  " not in form, key
            assert not re.search(r"\b(TODO|FIXME|XXX)\b", form), key


def test_ukrainian_and_russian_use_their_own_letters() -> None:
    for key in KEYS:
        ukrainian = " ".join(catalogue().forms(key, Locale.UK))
        russian = " ".join(catalogue().forms(key, Locale.RU))
        assert not set(ukrainian.lower()) & set("ыэъё"), key
        assert not set(russian.lower()) & set("іїєґ"), key
        assert not set(" ".join(catalogue().forms(key, Locale.EN)).lower()) & set("абвгде"), key


def test_plural_forms_are_complete() -> None:
    counted = [key for key in KEYS if len(catalogue().forms(key, Locale.EN)) > 1]

    assert counted
    for key in counted:
        assert len(catalogue().forms(key, Locale.EN)) == 2, key
        assert len(catalogue().forms(key, Locale.UK)) == 3, key
        assert len(catalogue().forms(key, Locale.RU)) == 3, key


@pytest.mark.parametrize("code", sorted(known_codes()))
def test_every_code_of_a_problem_has_its_texts(code: str) -> None:
    for part in ("title", "detail", "remedy"):
        assert catalogue().has(f"problem.{code}.{part}"), part


@pytest.mark.parametrize("code", sorted(known_codes()))
def test_a_text_with_facts_has_a_general_one_beside_it(code: str) -> None:
    facts = catalogue().placeholders(f"problem.{code}.detail", Locale.EN)

    assert not facts or catalogue().has(f"problem.{code}.meaning")
    assert catalogue().placeholders(f"problem.{code}.remedy", Locale.EN) <= {"contacts"}
    assert not catalogue().placeholders(f"problem.{code}.title", Locale.EN)


def test_every_flaw_has_its_text() -> None:
    codes = {*CODES.values(), "wrong_type", "invalid_value"}
    for code in codes:
        assert catalogue().has(f"flaw.{code}"), code
    for code in IDENTIFIER_CODES:
        assert catalogue().has(f"problem.{code}.detail"), code
    for variant in VARIANTS.values():
        keys = (f"flaw.wrong_type.{variant}", f"flaw.invalid_value.{variant}")
        assert any(catalogue().has(key) for key in keys), variant


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_rules_for_passwords_are_told_with_their_numbers(locale: Locale) -> None:
    for rule in RULES:
        assert catalogue().has(f"flaw.password_too_weak.{rule}"), rule
    assert str(MIN_LENGTH) in say("flaw.password_too_weak.too_short", locale)
    assert str(MAX_LENGTH) in say("flaw.password_too_weak.too_long", locale)


def test_every_topic_of_help_has_its_texts() -> None:
    asked = {key.split(".")[1] for key in KEYS if key.startswith("help.")} - {"contact"}

    assert asked == set(TOPICS)


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, Locale.UK),
        ("", Locale.UK),
        ("uk", Locale.UK),
        ("en", Locale.EN),
        ("EN-gb", Locale.EN),
        ("ru-UA,ru;q=0.9,uk;q=0.8", Locale.RU),
        ("uk;q=0.5, en;q=0.7", Locale.EN),
        ("en;q=0.7, ru;q=0.7", Locale.EN),
        ("de, fr;q=0.9", Locale.UK),
        ("de, en;q=0.1", Locale.EN),
        ("*", Locale.UK),
        ("uk;q=0, *", Locale.EN),
        ("*;q=0.3, ru;q=0.5", Locale.RU),
        ("ru;q=0", Locale.UK),
        ("uk;q=0, en;q=0, ru;q=0", DEFAULT),
        ("en ; q = 0.5 , uk ; q = 0.4", Locale.EN),
        ("en;q=much", Locale.UK),
        ("en;level=1", Locale.UK),
        ("en;q=9", Locale.EN),
        ("en;q=", Locale.UK),
        ("en;q=-1", Locale.UK),
        (";;;,,,===", Locale.UK),
        ("en," * 5000, Locale.EN),
        ("x" * 100_000, Locale.UK),
        ("\x00\xff;q=\xb2", Locale.UK),
        ("en_US", Locale.EN),
        ("en_US.UTF-8", Locale.EN),
        ("ru_UA;q=0.5, en_GB;q=0.9", Locale.EN),
    ],
)
def test_the_preferred_language(header: str | None, locale: Locale) -> None:
    assert preferred(header) is locale


def test_a_language_hidden_behind_thousands_is_not_looked_for() -> None:
    assert preferred("de," * 5000 + "en") is Locale.UK


@pytest.mark.parametrize(
    ("fact", "ukrainian", "english", "russian"),
    [
        (7, "7", "7", "7"),
        ("as it is", "as it is", "as it is", "as it is"),
        (Decimal("10432.500"), "10\xa0432,5", "10,432.5", "10\xa0432,5"),
        (date(2026, 10, 1), "1 жовтня 2026 року", "1 October 2026", "1 октября 2026 года"),
        (
            datetime(2026, 10, 30, 22, 0, tzinfo=UTC),
            "31 жовтня 2026 року о 00:00",
            "31 October 2026 at 00:00",
            "31 октября 2026 года в 00:00",
        ),
        (Period(2026, 10), "жовтень 2026", "October 2026", "октябрь 2026"),
        (("a", "b", "c"), "a, b і c", "a, b, and c", "a, b и c"),
        ([date(2026, 1, 2)], "2 січня 2026 року", "2 January 2026", "2 января 2026 года"),
        (timedelta(seconds=1), "через 1 секунду", "in 1 second", "через 1 секунду"),
        (
            timedelta(seconds=44, milliseconds=1),
            "через 45 секунд",
            "in 45 seconds",
            "через 45 секунд",
        ),
        (timedelta(seconds=90), "через 2 хвилини", "in 2 minutes", "через 2 минуты"),
        (timedelta(minutes=61), "через 61 хвилину", "in 61 minutes", "через 61 минуту"),
        (timedelta(hours=23, seconds=1), "через 24 години", "in 24 hours", "через 24 часа"),
    ],
)
def test_facts_are_written_as_people_write_them(
    fact: Any, ukrainian: str, english: str, russian: str
) -> None:
    texts = Texts({locale: {"key": Text(("{fact}",))} for locale in Locale}, {})

    said = [texts.say("key", locale, fact=fact) for locale in (Locale.UK, Locale.EN, Locale.RU)]

    assert said == [ukrainian, english, russian]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (0, "Залишилося 0 спроб."),
        (1, "Залишилася 1 спроба."),
        (2, "Залишилося 2 спроби."),
        (5, "Залишилося 5 спроб."),
        (11, "Залишилося 11 спроб."),
        (21, "Залишилася 21 спроба."),
    ],
)
def test_numbers_choose_the_form(left: int, said: str) -> None:
    detail = say("problem.code_rejected.detail", Locale.UK, attempts_left=left)

    assert detail.endswith(said)


def test_a_missing_text_is_noticed_and_said_in_english() -> None:
    texts = Texts({Locale.UK: {}, Locale.EN: {"key": Text(("Hello, {name}",))}, Locale.RU: {}}, {})

    with pytest.warns(TextMissing, match="no text for key in uk"):
        assert texts.say("key", Locale.UK, name="you") == "Hello, you"
    with pytest.warns(TextMissing):
        assert texts.say("other", Locale.EN) == "other"


def test_a_missing_fact_is_noticed_and_left_open() -> None:
    texts = Texts({locale: {"key": Text(("Hello, {name}",))} for locale in Locale}, {})

    with pytest.warns(TextMissing, match="key was not given name"):
        assert texts.say("key", Locale.UK) == "Hello, …"


def test_facts_cannot_reach_into_the_texts() -> None:
    texts = Texts({locale: {"key": Text(("{fact}",))} for locale in Locale}, {})

    assert texts.say("key", Locale.EN, fact="{other} {0.__class__}") == "{other} {0.__class__}"


def test_a_key_in_two_files_is_refused() -> None:
    with pytest.raises(TextsBroken, match="in two files: key"):
        merged([{"key": Text(("a",))}, {"key": Text(("b",))}])


def test_texts_hold_no_format_that_could_fail() -> None:
    for locale in LANGUAGES:
        for key in KEYS:
            for form in catalogue().forms(key, locale):
                for _, name, spec, conversion in string.Formatter().parse(form):
                    assert name is None or name.isidentifier(), key
                    assert not spec, key
                    assert conversion is None, key

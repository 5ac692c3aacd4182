"""The SMS texts: short enough for one segment, and safe for phones to fill in (security.md O10)."""

import re
from datetime import UTC, datetime

import pytest

from app.access import LinkScope
from app.models.customers.organization import short_name
from app.models.messages.code_challenge import LENGTHS, Purpose
from app.models.messages.message import Delivery, Notice
from app.services.messages.delivery import compose, compose_consent, fits_one_segment, with_name
from app.texts import Locale, catalogue, say

GUARANTEED_DOMAIN = "cabinet.example.com.ua"
"""Domains of up to 22 characters keep the whole text."""
LONG_DOMAIN = "biznes-kabinet.elektromerezhi-kyiv.example.com.ua"
TYPED_IN_HERE = sorted(set(Purpose) - {Purpose.ACCOUNT_LINK})
"""Codes that are typed in on the page whose address the SMS names."""
LONG_NAME = "Українська електротехнічна компанія"
UNTIL = datetime(2026, 11, 30, 10, 59, tzinfo=UTC)


def text_of(purpose: Purpose, locale: Locale, *, domain: str) -> tuple[str, str]:
    code = "8" * LENGTHS[purpose]
    text = compose(
        f"message.{purpose}", locale, code=code, until=UNTIL, domain=domain, company=LONG_NAME
    )
    return text, code


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("purpose", TYPED_IN_HERE)
def test_a_text_is_one_segment_with_its_last_line_bound_to_our_domain(
    purpose: Purpose, locale: Locale
) -> None:
    assert len(GUARANTEED_DOMAIN) == 22
    text, code = text_of(purpose, locale, domain=GUARANTEED_DOMAIN)

    prose, last_line = text.split("\n")
    assert last_line == f"@{GUARANTEED_DOMAIN} #{code}"
    assert code in prose
    assert "12:59" in prose, "the moment by the Kyiv clock makes each resend a text of its own"
    assert len(text.encode("utf-16-le")) / 2 <= (160 if text.isascii() else 70)


@pytest.mark.parametrize("locale", [Locale.UK, Locale.RU])
@pytest.mark.parametrize("purpose", TYPED_IN_HERE)
def test_a_long_domain_costs_the_prose_and_never_the_code(purpose: Purpose, locale: Locale) -> None:
    text, code = text_of(purpose, locale, domain=LONG_DOMAIN)

    assert text == f"{code}\n@{LONG_DOMAIN} #{code}"
    assert fits_one_segment(text)


def test_english_has_room_for_a_long_domain() -> None:
    text, _ = text_of(Purpose.SIGN_UP, Locale.EN, domain=LONG_DOMAIN)

    assert text.startswith("Sign-up code")
    assert fits_one_segment(text)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("ї" * 70, True),
        ("ї" * 71, False),
        ("⚡" * 70, True),
        ("🔌" * 35, True),
        ("🔌" * 36, False),
    ],
)
def test_segments_are_counted_as_gateways_count_them(text: str, *, fits: bool) -> None:
    assert fits_one_segment(text) is fits


@pytest.mark.parametrize("locale", Locale)
def test_an_invitation_names_the_company_as_far_as_there_is_room(locale: Locale) -> None:
    text, _ = text_of(Purpose.INVITATION, locale, domain=GUARANTEED_DOMAIN)
    short = compose(
        "message.invitation",
        locale,
        code="888888",
        until=UNTIL,
        domain=GUARANTEED_DOMAIN,
        company="Пекарня",
    )

    assert text.startswith(LONG_NAME[:5])
    assert "…" in text
    assert short.startswith("Пекарня ")


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("notice", [*Notice, "invited_elsewhere"])
def test_news_is_one_segment(notice: str, locale: Locale) -> None:
    facts = {"tax_id": "1234567890", "account_number": "100000074812"}
    text = with_name(f"notice.{notice}", locale, company=LONG_NAME, **facts)

    assert fits_one_segment(text)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("ТОВ «Пекарня»", "Пекарня"),
        ('ПрАТ "ЕНЕРГО "СХІД""', 'ЕНЕРГО "СХІД'),
        ("ФОП Кравець Олена", "ФОП Кравець Олена"),
        ("ТОВ «»", "ТОВ «»"),
    ],
)
def test_people_know_a_company_by_what_stands_in_quotation_marks(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize("locale", Locale)
def test_every_purpose_and_every_delivery_has_words(locale: Locale) -> None:
    wanted = {f"message.{purpose}" for purpose in Purpose} | {
        f"delivery.{delivery}" for delivery in Delivery
    }

    assert wanted <= catalogue().keys(locale)
    for delivery in Delivery:
        assert re.search(r"[.]$", say(f"delivery.{delivery}", locale))


def consent_text(locale: Locale, scope: LinkScope, *, tax_id: str, account_number: str) -> str:
    facts = {"tax_id": tax_id, "account_number": account_number, "scope": scope.value}
    return compose_consent(facts, locale, code="888888", until=UNTIL)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("scope", LinkScope)
@pytest.mark.parametrize("tax_id", ["34067885", "2929402873"])
@pytest.mark.parametrize("account_number", ["1000", "1000000748", "100000074812"])
def test_a_consent_names_who_asks_for_what_and_the_account_in_one_segment(
    locale: Locale, scope: LinkScope, tax_id: str, account_number: str
) -> None:
    text = consent_text(locale, scope, tax_id=tax_id, account_number=account_number)

    prose, last_line = text.split("\n")
    assert last_line == "#888888", "it is typed in elsewhere: bound to no page"
    assert tax_id in prose
    assert account_number in prose
    assert say(f"link_scope.{scope}", locale) in prose
    assert "12:59" in prose
    assert fits_one_segment(text)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("scope", LinkScope)
def test_a_very_long_account_number_costs_the_prose_and_never_a_fact(
    locale: Locale, scope: LinkScope
) -> None:
    number = "1" * 20
    text = consent_text(locale, scope, tax_id="2929402873", account_number=number)

    assert fits_one_segment(text)
    for fact in (number, "2929402873", say(f"link_scope.{scope}", locale), "12:59", "#888888"):
        assert fact in text


@pytest.mark.parametrize("locale", Locale)
def test_each_scope_has_words_of_its_own(locale: Locale) -> None:
    assert len({say(f"link_scope.{scope}", locale) for scope in LinkScope}) == len(LinkScope)

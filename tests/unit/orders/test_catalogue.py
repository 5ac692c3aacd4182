"""The catalogue that comes with the program, and catalogues with mistakes."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any, Final

import pytest

from app.models.orders.answers import AnswersInvalid, require_answers, require_storable
from app.models.orders.catalogue import CatalogueRefused, require_catalogue
from app.models.orders.deadline import DayUnit, FirstDay, Term
from app.models.orders.service import RunsFrom, Service
from app.models.orders.texts import localized
from app.texts import Locale
from tests.steps.orders.catalogue import DEFAULT, changed, entry

NAMED = """meter_replace meter_zones meter_check meter_expertise seal control_reading disconnect
reconnect connect_standard connect_nonstandard power_change temp_connection contract point_passport
balance_certificate reconciliation_act certificate data_export bill_check quality_complaint
quality_fix complaint refund_overpayment"""


def service(code: str) -> Service:
    return Service(code, 1, entry(DEFAULT, code))


@pytest.mark.parametrize(
    ("code", "changes", "reason"),
    [
        ("certificate", {"paper": "balance_certificate"}, "self-service"),
        ("point_passport", {"needs_metering_point": False}, "metering point"),
        ("point_passport", {"paper": "poem"}, "poem"),
    ],
)
def test_a_paper_has_what_it_is_made_of(code: str, changes: dict[str, object], reason: str) -> None:
    with pytest.raises(CatalogueRefused, match=reason):
        require_catalogue(changed(code, **changes))


def test_the_default_catalogue_has_every_service_and_no_mistake() -> None:
    require_catalogue(DEFAULT)

    assert [each["code"] for each in DEFAULT["services"]] == NAMED.split()


@pytest.mark.parametrize("locale", list(Locale))
def test_it_speaks_every_language(locale: Locale) -> None:
    told = localized(DEFAULT, locale)

    for each in told["services"]:
        assert isinstance(each["title"], str)
        properties = each["form"]["properties"].values()
        assert all(isinstance(field["title"], str) for field in properties)


@pytest.mark.parametrize(
    ("code", "answers", "days", "unit"),
    [
        ("meter_replace", {"reason": "wish"}, 5, "working"),
        ("reconnect", {"settlement": "city"}, 3, "working"),
        ("reconnect", {"settlement": "village"}, 5, "working"),
        ("connect_standard", {"power_kw": 16}, 45, "calendar"),
        ("connect_standard", {"power_kw": 16.5}, 60, "calendar"),
        ("connect_nonstandard", {"power_kw": 160}, 120, "calendar"),
        ("connect_nonstandard", {"power_kw": 400}, 230, "calendar"),
        ("connect_nonstandard", {"power_kw": 401}, 280, "calendar"),
        ("quality_complaint", {"with_measuring": False}, 15, "calendar"),
        ("quality_complaint", {"with_measuring": True}, 30, "calendar"),
        ("quality_fix", {"kind": "works"}, 180, "calendar"),
        ("complaint", {}, 30, "calendar"),
        ("complaint", {"needs_check": True}, 45, "calendar"),
    ],
)
def test_terms_of_the_law(code: str, answers: dict[str, Any], days: int, unit: str) -> None:
    term = service(code).term(answers)

    assert (term.days, term.unit) == (days, DayUnit(unit))


def test_a_connection_runs_from_the_working_day_after_payment() -> None:
    connection = service("connect_standard")

    assert connection.runs_from is RunsFrom.PAID
    assert connection.term({}) == Term(60, DayUnit.CALENDAR, FirstDay.NEXT_WORKING_DAY)


def test_a_faulty_meter_of_the_operator_costs_nothing() -> None:
    replacement = service("meter_replace")
    fee = replacement.fee({"reason": "wish"})

    assert fee is not None
    assert (str(fee.amount), str(fee.vat)) == ("1800.00", "300.00")
    assert replacement.fee({"reason": "faulty"}) is None
    assert service("complaint").fee({}) is None
    assert service("connect_standard").fee({}) is None, "calculated"


def test_compensation_is_paid_by_the_rows_that_are_known() -> None:
    [row] = service("bill_check").compensation

    assert (row.code, str(row.amount)) == ("bill_check", "400.00")
    assert service("reconnect").compensation == ()


def test_what_documents_are_missing() -> None:
    connection = service("connect_standard")

    missing = connection.missing_documents(frozenset({"site_plan"}))

    assert (missing.all_of, missing.any_of) == (("right_to_land", "extract"), ())
    assert connection.takes_document("power_of_attorney")
    assert not connection.takes_document("photo")


@pytest.mark.parametrize(
    ("attached", "any_of"),
    [
        (frozenset(), (("proof_of_payment", "proof_of_removal"),)),
        (frozenset({"proof_of_payment"}), ()),
        (frozenset({"proof_of_removal", "proof_of_payment"}), ()),
    ],
)
def test_one_document_of_a_group_is_enough(
    attached: frozenset[str], any_of: tuple[tuple[str, ...], ...]
) -> None:
    missing = service("reconnect").missing_documents(attached)

    assert (missing.all_of, missing.any_of) == ((), any_of)
    assert bool(missing) is bool(any_of)


def _without(code: str, member: str) -> Callable[[], Any]:
    def make() -> Any:
        catalogue = deepcopy(DEFAULT)
        del entry(catalogue, code)[member]
        return catalogue

    return make


def _form(**changes: Any) -> dict[str, Any]:
    return changed("complaint", form={**entry(DEFAULT, "complaint")["form"], **changes})


def _repeating(times: int = 1, **changes: Any) -> dict[str, Any]:
    [row] = entry(DEFAULT, "quality_fix")["compensation"]
    return changed("quality_fix", compensation=[row] * times, **changes)


def _proofs(**changes: Any) -> dict[str, Any]:
    one, other = entry(DEFAULT, "reconnect")["documents"]
    return changed("reconnect", documents=[one, {**other, **changes}])


MISTAKES: Final[dict[str, Callable[[], Any]]] = {
    "no object": list,
    "an empty entry": lambda: {"services": [{}]},
    "a code twice": lambda: {"services": DEFAULT["services"] * 2},
    "no title": _without("seal", "title"),
    "no Russian": lambda: changed("seal", title={"uk": "Пломба", "en": "Seal"}),
    "an unknown member": lambda: changed("seal", surprise=1),
    "a bad category": lambda: changed("seal", category="Seal!"),
    "no day": lambda: changed("seal", valid_from="soon"),
    "no days between": lambda: changed("seal", valid_to="2026-01-01"),
    "no amount": lambda: changed("seal", fee={"kind": "fixed"}),
    "a bad amount": lambda: changed(
        "seal", fee={"kind": "fixed", "amount": "1,5", "vat_rate": "0.20"}
    ),
    "a free amount": lambda: changed("seal", fee={"kind": "free", "amount": "1.00"}),
    "a form of no object": lambda: _form(type="string"),
    "an open form": lambda: _form(additionalProperties=True),
    "a reference": lambda: _form(properties={"a": {"$ref": "https://example.org/schema"}}),
    "an unknown type": lambda: _form(properties={"a": {"type": "word"}}),
    "a bad pattern": lambda: _form(properties={"a": {"type": "string", "pattern": "("}}),
    "a condition that nobody answers": lambda: _form(properties={}),
    "a span of what is no day": lambda: changed(
        "seal", spans=[{"first": "action", "last": "to", "most_days": 31}]
    ),
    "a span that nobody answers": lambda: changed(
        "seal", spans=[{"first": "from", "last": "until", "most_days": 31}]
    ),
    "two rows that repeat": lambda: _repeating(2),
    "a repetition in working days": lambda: _repeating(
        deadline={**entry(DEFAULT, "quality_fix")["deadline"], "unit": "working"}
    ),
    "a group of one document": lambda: _proofs(any_of="other"),
    "a required one of a group": lambda: _proofs(is_required=True),
    "an enabled row without amounts": lambda: changed(
        "bill_check",
        compensation=[
            {name: value for name, value in row.items() if name != "amounts"}
            for row in entry(DEFAULT, "bill_check")["compensation"]
        ],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_catalogue_with_a_mistake_is_refused(mistake: str) -> None:
    with pytest.raises(CatalogueRefused) as refused:
        require_catalogue(MISTAKES[mistake]())

    assert refused.value.flaws[0].facts["reason"]


REPLACEMENT = entry(DEFAULT, "meter_replace")
TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("answers", "flaws"),
    [
        ({}, {"/answers/meter_serial": "missing", "/answers/reason": "missing"}),
        (
            {"meter_serial": "", "reason": "bored", "a/b~c": 1},
            {
                "/answers/meter_serial": "too_short",
                "/answers/reason": "not_a_choice",
                "/answers/a~1b~0c": "unknown_field",
            },
        ),
        (
            {"meter_serial": "1" * 33, "reason": "wish", "preferred_on": "2026-02-30"},
            {"/answers/meter_serial": "too_long", "/answers/preferred_on": "format_invalid"},
        ),
        ({"meter_serial": 5, "reason": "wish"}, {"/answers/meter_serial": "type_invalid"}),
        ({"meter_serial": "\0", "reason": "wish"}, {"/answers/meter_serial": "text_invalid"}),
        ({"meter_serial": "\ud800", "reason": "wish"}, {"/answers/meter_serial": "text_invalid"}),
        ({"meter_serial": float("inf")}, {"/answers/meter_serial": "text_invalid"}),
    ],
)
def test_answers_are_judged_field_by_field(answers: dict[str, Any], flaws: dict[str, str]) -> None:
    with pytest.raises(AnswersInvalid) as refused:
        require_answers(REPLACEMENT, answers, today=TODAY)

    assert {flaw.pointer: flaw.code for flaw in refused.value.flaws} == flaws


def test_a_draft_may_be_unfinished_and_must_be_storable() -> None:
    require_storable({})
    require_storable({"meter_serial": 5, "list": [1, {"a": "b"}]})

    with pytest.raises(AnswersInvalid):
        require_storable({"a": [{"b\0": 1}]})


def test_a_number_is_in_range() -> None:
    with pytest.raises(AnswersInvalid) as refused:
        require_answers(entry(DEFAULT, "connect_standard"), {"power_kw": 51}, today=TODAY)

    codes = {flaw.pointer: flaw.code for flaw in refused.value.flaws}
    assert codes["/answers/power_kw"] == "out_of_range"


@pytest.mark.parametrize(
    ("answers", "flaws"),
    [
        ({}, {}),
        ({"to": "1990-01-01"}, {}),
        ({"from": "2026-11-30"}, {}),
        ({"from": "2026-11-01", "to": "2026-11-01"}, {}),
        ({"from": "2016-11-25", "to": "2026-12-02"}, {}),
        ({"from": "2016-11-24", "to": "2026-12-02"}, {"/answers/to": "out_of_range"}),
        ({"from": "2026-11-02", "to": "2026-11-01"}, {"/answers/to": "out_of_range"}),
        ({"from": "2026-12-01"}, {"/answers/from": "out_of_range"}),
    ],
)
def test_days_that_belong_together_are_in_order_and_not_too_many(
    answers: dict[str, str], flaws: dict[str, str]
) -> None:
    found: dict[str, str] = {}
    try:
        require_answers(entry(DEFAULT, "reconciliation_act"), answers, today=TODAY)
    except AnswersInvalid as refused:
        found = {flaw.pointer: flaw.code for flaw in refused.flaws}

    assert found == flaws

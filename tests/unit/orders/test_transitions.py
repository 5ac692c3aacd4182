"""The table of transitions: every pair of statuses, every side, every set of facts that matters."""

from itertools import product

import pytest

from app.models.orders.order_status import (
    ENDED,
    PAUSED,
    STOPPED,
    TRANSITIONS,
    Fact,
    OrderNotChangeable,
    OrderStatus,
    Side,
    possible,
    require_possible,
)

ALL = frozenset(Fact)
PAIRS = [(source, target) for source, target in product(OrderStatus, OrderStatus)]


def ways(source: OrderStatus, target: OrderStatus) -> list[frozenset[Side]]:
    return [way.by for way in TRANSITIONS if (way.source, way.target) == (source, target)]


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=str)
def test_every_pair_of_statuses_is_allowed_or_refused_as_the_table_says(
    source: OrderStatus, target: OrderStatus
) -> None:
    allowed = ways(source, target)
    assert len(allowed) <= 1, "one line for each way"
    for side in Side:
        if any(side in by for by in allowed):
            require_possible(source, target, side, ALL)
        else:
            with pytest.raises(OrderNotChangeable) as refused:
                require_possible(source, target, side, ALL)
            assert refused.value.facts["order_status"] == source
            assert target not in refused.value.facts["possible"]


@pytest.mark.parametrize(
    "way",
    [way for way in TRANSITIONS if way.needs],
    ids=lambda way: f"{way.source}-{way.target}",
)
def test_a_move_needs_every_fact_of_its_line(way: object) -> None:
    assert way in TRANSITIONS
    [found] = [each for each in TRANSITIONS if each == way]
    [side, *_] = found.by
    for missing in found.needs:
        assert found.target not in possible(found.source, side, ALL - {missing})
    assert found.target in possible(found.source, side, found.needs)


def test_nothing_moves_what_has_ended() -> None:
    assert {way.source for way in TRANSITIONS} & ENDED == set()
    for status in set(OrderStatus) - ENDED:
        assert any(way.source is status for way in TRANSITIONS), status


def test_every_status_can_be_reached() -> None:
    assert {way.target for way in TRANSITIONS} | {OrderStatus.DRAFT} == set(OrderStatus)


def test_customers_cancel_until_the_work_begins_and_the_staff_rejects_until_it_is_done() -> None:
    cancelled = {way.source for way in TRANSITIONS if way.target is OrderStatus.CANCELLED}
    rejected = {way.source for way in TRANSITIONS if way.target is OrderStatus.REJECTED}

    working = set(OrderStatus) - STOPPED
    assert cancelled == working - {OrderStatus.IN_PROGRESS}
    assert rejected == working - {OrderStatus.DRAFT, OrderStatus.SUBMITTED}


def test_the_customer_is_waited_for_in_what_pauses_the_clock() -> None:
    for status in PAUSED:
        sides = {side for way in TRANSITIONS if way.source is status for side in way.by}
        assert Side.SYSTEM in sides, "it lapses"

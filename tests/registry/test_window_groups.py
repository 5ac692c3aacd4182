"""The column of form 2 that says whose reading windows an account has."""

import pytest

from tests.registry.conftest import Load, Refusal, Rows
from tests.registry.exports import ACCOUNT, Export

pytestmark = pytest.mark.committing

GROUP = f"SELECT window_group FROM accounts WHERE account_number = '{ACCOUNT}'"  # noqa: S608 - a constant


def in_group(cell: str) -> Export:
    return Export().add_column("accounts", "window_group").put("accounts", 0, "window_group", cell)


async def test_an_account_joins_a_group_keeps_it_and_leaves_it(load: Load, rows: Rows) -> None:
    found = []
    for export in (Export(), in_group("factories"), in_group(""), Export(), in_group("usual")):
        summary = await load(export)
        [row] = await rows(GROUP)
        accounts = next(each for each in summary.files if each.file == "accounts.csv")
        found.append((row["window_group"], accounts.changed))

    assert found == [
        ("usual", 0),
        ("factories", 1),
        ("factories", 0),
        ("factories", 0),
        ("usual", 1),
    ]


async def test_a_new_account_may_come_with_its_group(load: Load, rows: Rows) -> None:
    await load(in_group("factories"))

    assert await rows(GROUP) == [{"window_group": "factories"}]


async def test_a_group_is_named_as_commands_name_it(refusal: Refusal) -> None:
    assert await refusal(in_group("Великі заводи")) == [
        "accounts.csv:2: window_group: group_invalid ('Великі заводи')"
    ]

"""Every command with which staff change something says who does it and why."""

from collections.abc import Iterator
from typing import Any

import typer

from app.cli.__main__ import cli

CHANGE_NOTHING = {
    "acts",
    "billing penalties propose",
    "calendar show",
    "orders list",
    "orders show",
    "ownership codes",
    "payments instructions",
    "readings review list",
    "readings verify",
    "services template",
    "statements list",
    "windows list",
}
OF_THE_MACHINE = {
    # Whoever runs a deployment: nothing of customers is decided by these.
    *("bench", "check", "lock", "migrate", "openapi", "serve", "test", "up", "worker"),
    *("keys new", "keys rotate"),
    # What the operator's own system exports, brought in each night by a job and not by a person.
    "registry load",
}


def commands(group: Any, *names: str) -> Iterator[tuple[str, set[str]]]:
    inner = getattr(group, "commands", None)
    if inner is None:
        yield " ".join(names), {option for each in group.params for option in each.opts}
        return
    for name, command in inner.items():
        yield from commands(command, *names, name)


def test_every_command_that_changes_something_asks_who_and_why() -> None:
    known = dict(commands(typer.main.get_command(cli)))

    nameless = {name for name, options in known.items() if "--operator" not in options}
    assert nameless == CHANGE_NOTHING | OF_THE_MACHINE
    for name in set(known) - nameless:
        assert "--reason" in known[name], name

"""When readings are taken: the windows of the settings, and what the operator says otherwise."""

import json
import re
from contextvars import ContextVar
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.failure import refuse
from app.cli.operator import OperatorName, Reason, operator_act
from app.cli.use_case import run_use_case

if TYPE_CHECKING:
    from app.models.metering.reading_window import ReadingWindow, WindowRule
    from app.models.metering.set_window import SetWindow
    from app.models.metering.window_book import Dates, WindowDecision
    from app.models.period import Period
    from app.origin import OperatorAct
    from app.services.metering.reading_windows import ShownWindows, WindowChange

windows = typer.Typer(help="Say when readings are taken.", no_args_is_help=True)

BAD_PERIOD = "The period {text!r} is not a month written YYYY-MM."
BAD_GROUP = "A group is named by up to 40 small letters, digits and hyphens: {text!r} is not."
BAD_DAYS = "Give the first and the last day as YYYY-MM-DD..YYYY-MM-DD, or `usual`: not {text!r}."
BAD_RULE = """\
Give the days before the end of the month (31 at the most) and the last day of the next month
  (27 at the most), as 2..3, or `usual`: not {text!r}."""
DONE = "Readings for {period} of the group {group} are taken {window} ({accounts} accounts)."
ONWARDS = "That holds for the months after it too."
ALREADY = "That was so already; nothing was changed."
DRY = "A dry run: nothing was changed."
USUAL = "usual"
MOST_DAYS_BEFORE, LAST_CLOSING_DAY = 31, 27
DIGITS = re.compile(r"\d{1,2}", re.ASCII)
GROUP_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)

PeriodArgument = Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month.")]
Group = Annotated[
    str, typer.Option(metavar="NAME", help="Accounts of the register's column window_group.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be, and keep nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
UsuallyOpens = Annotated[
    int,
    typer.Option(
        envvar="CABINET_READING_WINDOW_OPENS_DAYS_BEFORE",
        min=0,
        max=31,
        help="The setting: days before the end of a month on which its readings are first taken.",
    ),
]
UsuallyCloses = Annotated[
    int,
    typer.Option(
        envvar="CABINET_READING_WINDOW_CLOSES_ON_DAY",
        min=0,
        max=27,
        help="The setting: the last day of the next month on which they are taken.",
    ),
]


_USUAL_RULE: ContextVar["WindowRule"] = ContextVar("usual_rule")


def usual_rule() -> "WindowRule":
    """Return the window of the settings, which the family of the command has been given."""
    return _USUAL_RULE.get()


def keep_usual_rule(opens_days_before: int, closes_on_day: int) -> None:
    from app.models.metering.reading_window import WindowRule

    _USUAL_RULE.set(WindowRule(opens_days_before, closes_on_day))


@windows.callback()
def family(
    window_opens_days_before: UsuallyOpens = 2,
    window_closes_on_day: UsuallyCloses = 3,
) -> None:
    """Say when readings are taken."""
    keep_usual_rule(window_opens_days_before, window_closes_on_day)


@windows.command("set")
def set_window(
    period: PeriodArgument,
    days: Annotated[
        str,
        typer.Argument(
            metavar="YYYY-MM-DD..YYYY-MM-DD|usual", help="First and last day, by the clock in Kyiv."
        ),
    ],
    *,
    operator: OperatorName,
    reason: Reason,
    group: Group = USUAL,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say when readings of one month are taken; `usual` takes that back.

    A month that is settled keeps its window. The command may be repeated.
    """
    from app.models.metering.window_book import WindowDecision

    decision = WindowDecision(_group(group), _period(period), is_standing=False, meant=_dates(days))
    _decide(decision, operator_act(operator, reason), dry_run=dry_run, as_json=as_json)


@windows.command()
def rule(
    period: PeriodArgument,
    days: Annotated[
        str,
        typer.Argument(
            metavar="BEFORE..DAY|usual",
            help="Days before the end of the month, and the last day of the next month: 2..3.",
        ),
    ],
    *,
    operator: OperatorName,
    reason: Reason,
    group: Group = USUAL,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say when readings are taken from a month on, until another rule; `usual` takes that back."""
    from app.models.metering.window_book import WindowDecision

    decision = WindowDecision(_group(group), _period(period), is_standing=True, meant=_rule(days))
    _decide(decision, operator_act(operator, reason), dry_run=dry_run, as_json=as_json)


@windows.command("list")
def list_windows(
    period: Annotated[
        str | None, typer.Argument(metavar="[YYYY-MM]", help="The month; this one if left out.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the windows of a month, group by group, and what was said of windows lately."""
    from app.services.metering.reading_windows import ReadingWindowService

    month, usual = None if period is None else _period(period), usual_rule()
    shown = run_use_case(
        lambda database, clock: ReadingWindowService(
            database=database, clock=clock, window_rule=usual
        ).show(month)
    )
    if as_json:
        typer.echo(json.dumps(_told(shown), ensure_ascii=False))
        return
    for name, window in shown.windows.items():
        typer.echo(f"{shown.period} {name}: {_days(window)}")
    for each in shown.decisions:
        typer.echo(f"  {_said(each)} ({each.operator}: {each.reason})")


def _decide(
    decision: "WindowDecision", act: "OperatorAct", *, dry_run: bool, as_json: bool
) -> None:
    from app.services.metering.reading_windows import ReadingWindowService

    usual = usual_rule()
    change = run_use_case(
        lambda database, clock: ReadingWindowService(
            database=database, clock=clock, window_rule=usual
        ).decide(decision, act=act, dry_run=dry_run)
    )
    group, text = decision.account_group, str(decision.period)
    if as_json:
        told = _changed(change) | {"group": group, "period": text, "is_dry_run": dry_run}
        typer.echo(json.dumps(told))
        return
    if not change.is_changed:
        typer.echo(ALREADY)
        return
    told_window = _days(change.after)
    typer.echo(DONE.format(period=text, group=group, window=told_window, accounts=change.accounts))
    if decision.is_standing:
        typer.echo(ONWARDS)
    if dry_run:
        typer.echo(DRY)


def _changed(change: "WindowChange") -> dict[str, Any]:
    return {
        "before": _moments(change.before),
        "after": _moments(change.after),
        "accounts": change.accounts,
        "is_changed": change.is_changed,
    }


def _told(shown: "ShownWindows") -> dict[str, Any]:
    return {
        "period": str(shown.period),
        "windows": {group: _moments(window) for group, window in shown.windows.items()},
        "decisions": [
            {"said": _said(each), "operator": each.operator, "reason": each.reason}
            | {"set_at": each.set_at.isoformat()}
            for each in shown.decisions
        ],
    }


def _moments(window: "ReadingWindow") -> dict[str, str]:
    return {"opens_at": window.opens_at.isoformat(), "closes_at": window.closes_at.isoformat()}


def _days(window: "ReadingWindow") -> str:
    return f"from {window.opens_on} to {window.closes_on}"


def _said(each: "SetWindow") -> str:
    when = f"{each.period:%Y-%m}" + (" onwards" if each.is_standing else "")
    if each.opens_on is not None:
        meant = f"from {each.opens_on} to {each.closes_on}"
    elif each.opens_days_before is not None:
        meant = f"from {each.opens_days_before} days before the end to day {each.closes_on_day}"
    else:
        meant = "as usual"
    return f"{when} {each.account_group}: {meant}"


def _group(text: str) -> str:
    if not GROUP_NAME.fullmatch(text):
        refuse(BAD_GROUP.format(text=text))
    return text


def _dates(text: str) -> "Dates | None":
    from app.models.metering.window_book import Dates

    if text == USUAL:
        return None
    first, _, last = text.partition("..")
    try:
        return Dates(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        refuse(BAD_DAYS.format(text=text))


def _rule(text: str) -> "WindowRule | None":
    from app.models.metering.reading_window import WindowRule

    if text == USUAL:
        return None
    before, _, day = text.partition("..")
    if not (_is_number(before, MOST_DAYS_BEFORE) and _is_number(day, LAST_CLOSING_DAY)):
        refuse(BAD_RULE.format(text=text))
    return WindowRule(int(before), int(day))


def _is_number(text: str, largest: int) -> bool:
    return bool(DIGITS.fullmatch(text)) and int(text) <= largest


def _period(text: str) -> "Period":
    from app.models.period import Period

    try:
        return Period.parse(text)
    except ValueError:
        refuse(BAD_PERIOD.format(text=text))

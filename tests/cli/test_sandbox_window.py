"""The sandbox's reading window, which has to fit the register that the sandbox loads."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.cli import sandbox
from app.models.metering.reading_window import WindowRule, WindowState
from app.models.metering.window_book import USUAL_GROUP, WindowBook
from app.models.period import Period

NEW_YEAR = date(2027, 1, 1)


def test_every_day_the_month_that_runs_is_open_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENS_DAYS_BEFORE", "CLOSES_ON_DAY"):
        monkeypatch.delenv(f"CABINET_READING_WINDOW_{name}", raising=False)
    chosen = sandbox.environment(keys={}, state=tmp_path, port=8000, database_url="")
    rule = WindowRule(
        opens_days_before=int(chosen["CABINET_READING_WINDOW_OPENS_DAYS_BEFORE"]),
        closes_on_day=int(chosen["CABINET_READING_WINDOW_CLOSES_ON_DAY"]),
    )
    days = [NEW_YEAR + timedelta(days=number) for number in range(365)]
    moments = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in days]

    windows = [WindowBook(usual=rule).current(USUAL_GROUP, moment) for moment in moments]

    # The demonstration register's newest readings, of this month's first day, settle the last one.
    assert [window.period for window in windows] == [Period.containing(day) for day in days]
    states = [window.state(moment) for window, moment in zip(windows, moments, strict=True)]
    assert set(states) == {WindowState.OPEN}

"""A file whose lines become several rows: one in each tenure of a metering point."""

from dataclasses import dataclass

from sqlalchemy import TextClause, text


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFile:
    """The statements for one file of an export; its rows are placed in `placed_<noun>` first.

    A placed row has the line it comes from and a verdict: `added`, `changed` or `same`, or the
    reason for which it is refused.
    """

    noun: str
    place: TextClause
    checks: tuple[TextClause, ...]
    """Note what is wrong; some ask for `today`."""
    merge: tuple[TextClause, ...]

    @property
    def analyze(self) -> TextClause:
        return text(f"ANALYZE placed_{self.noun}")

    @property
    def leave_out(self) -> TextClause:
        return text(
            f"DELETE FROM placed_{self.noun} p WHERE NOT EXISTS "  # noqa: S608 - a name of ours
            f"(SELECT FROM staged_{self.noun} s WHERE s.line = p.line AND NOT s.refused)"
        )

    @property
    def counts(self) -> TextClause:
        return text(
            "SELECT count(*) FILTER (WHERE is_new) AS added, "  # noqa: S608 - a name of ours
            "count(*) FILTER (WHERE NOT is_new AND differs) AS changed "
            "FROM (SELECT bool_and(verdict = 'added') AS is_new, "
            f"bool_or(verdict <> 'same') AS differs FROM placed_{self.noun} GROUP BY line) lines"
        )


def not_noted(noun: str, row: str) -> str:
    """Return the condition that nothing is wrong with a staged row as far as we know."""
    return (
        f"NOT {row}.refused AND NOT EXISTS (SELECT FROM staged_problems d "
        f"WHERE d.file = '{noun}.csv' AND d.line = {row}.line)"
    )

"""Ids for rows that one line of an export makes in several tenures."""


def another_id(row: str) -> str:
    """Return SQL for a new id of the millisecond in which the row's own id was made.

    The first half of an id is its millisecond; the second half is random.
    """
    own = f"CAST({row}.id AS text)"
    return (
        f"CAST(overlay(CAST(gen_random_uuid() AS text) PLACING left({own}, 15) FROM 1 FOR 15)"
        " AS uuid)"
    )


def id_of_line(row: str) -> str:
    """Return SQL for the id of a line's row: its own for the first row, another for the others."""
    first = f"row_number() OVER (PARTITION BY {row}.line) = 1"
    return f"CASE WHEN {first} THEN {row}.id ELSE {another_id(row)} END"

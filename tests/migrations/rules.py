"""What a migration may do to a table in use, by the statements that it sends."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

TABLE: Final = re.compile(
    r"(?:CREATE (?:UNIQUE )?INDEX.*? ON|ALTER TABLE(?: IF EXISTS)?(?: ONLY)?|UPDATE|DELETE FROM"
    r"|TRUNCATE(?: TABLE)?|LOCK(?: TABLE)?|REINDEX TABLE)"
    r' "?(\w+)"?',
    re.IGNORECASE,
)
RULES: Final = {
    r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)": "an index is built concurrently",
    r"REINDEX (?!.*CONCURRENTLY)": "an index is built concurrently",
    r"(UPDATE|DELETE FROM) (?!.*\bLIMIT\b)": "rows are changed in batches",
    r"TRUNCATE|LOCK": "no table is locked as a whole",
    r"ALTER TABLE .*ADD (CONSTRAINT \S+ )?(FOREIGN KEY|CHECK)(?!.*NOT VALID)": (
        "a constraint is added NOT VALID, and validated by a step of its own"
    ),
    r"ALTER TABLE .*ADD (CONSTRAINT \S+ )?(UNIQUE|PRIMARY KEY)(?!.*USING INDEX)": (
        "a key is added with an index that was built concurrently"
    ),
    r"ALTER TABLE .*ALTER COLUMN \S+ (SET DATA )?TYPE": "a column of another type is a new column",
    r"ALTER TABLE .*RENAME": "what the old code reads keeps its name",
    r"ALTER TABLE .*ADD COLUMN (?!.*\bDEFAULT\b).*NOT NULL": (
        "a column that must not be empty comes with a default"
    ),
    r"ALTER TABLE .*ADD COLUMN .*(DEFAULT \(?\w+\(|GENERATED|SERIAL)(?<!now\()(?<!'\()": (
        "a column whose values are computed is filled in batches"
    ),
}
NOT_NULL: Final = re.compile(r"ALTER TABLE \S+ ALTER COLUMN \S+ SET NOT NULL", re.IGNORECASE)
VALIDATED: Final = re.compile(r"ALTER TABLE \S+ VALIDATE CONSTRAINT", re.IGNORECASE)
PATIENT: Final = re.compile(r"SET lock_timeout = '0'", re.IGNORECASE)
HURRIED: Final = re.compile(r"SET lock_timeout = '(?!0')", re.IGNORECASE)
WAITS_WELL: Final = re.compile(
    r"SET |SHOW |(CREATE (UNIQUE )?|DROP )INDEX CONCURRENTLY|(UPDATE|DELETE) .*LIMIT"
    r"|INSERT .*LIMIT|ALTER TABLE \S+ VALIDATE CONSTRAINT|SELECT ",
    re.IGNORECASE,
)


def broken_rules(statements: Iterable[str], *, in_use: AbstractSet[str]) -> Iterator[str]:
    """Yield what these statements do wrong to tables that were there before them."""
    is_patient = is_validated = False
    for statement in (" ".join(each.split()) for each in statements):
        is_patient = is_patient or bool(PATIENT.match(statement))
        is_patient = is_patient and not HURRIED.match(statement)
        if is_patient and not WAITS_WELL.match(statement):
            yield f"a lock is waited for 4 seconds at the most: {statement}"
        found = TABLE.match(statement)
        if found is None or found[1] not in in_use:
            continue
        is_validated = is_validated or bool(VALIDATED.match(statement))
        if NOT_NULL.match(statement) and not is_validated:
            yield f"a validated constraint says that a column is not empty: {statement}"
        for pattern, rule in RULES.items():
            if re.match(pattern, statement, re.IGNORECASE):
                yield f"{rule}: {statement}"

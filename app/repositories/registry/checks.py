"""What can only be seen with all rows of a file, the other files and the database side by side.

Each statement notes what it finds in `staged_problems`. A file is checked after those it refers
to were merged, so "is it known?" is one question to the real tables.
"""

from typing import Final

from sqlalchemy import TextClause, text

NOTE: Final = 'INSERT INTO staged_problems (file, line, "column", reason, value) '


def _duplicates(noun: str, column: str, key: str) -> TextClause:
    return text(
        f"{NOTE} SELECT '{noun}.csv', line, '{column}', 'duplicate_row', "  # noqa: S608 - names of ours
        f"{column} || ', as on line ' || first FROM (SELECT line, {key}, "
        f"min(line) OVER (PARTITION BY {key}) AS first FROM staged_{noun}) s WHERE line > first"
    )


ORGANIZATIONS: Final = (_duplicates("organizations", "tax_id", "tax_id"),)

ACCOUNTS: Final = (
    _duplicates("accounts", "account_number", "account_number"),
    text(f"""{NOTE}
SELECT 'accounts.csv', s.line, 'tax_id',
       CASE WHEN p.refused THEN 'refers_to_refused' ELSE 'unknown_organization' END, s.tax_id
  FROM staged_accounts s
  LEFT JOIN staged_organizations p ON p.tax_id = s.tax_id
  LEFT JOIN organizations o ON o.tax_id = s.tax_id
 WHERE s.tax_id IS NOT NULL AND (p.refused OR o.id IS NULL)
"""),  # noqa: S608 - nothing but a constant is put in
    # An account's readings are its company's secret: an export never moves it to another.
    text(f"""{NOTE}
SELECT 'accounts.csv', s.line, 'account_number', 'held_by_another_organization', s.account_number
  FROM staged_accounts s
  JOIN organizations o ON o.tax_id = s.tax_id
  JOIN accounts a ON a.account_number = s.account_number
 WHERE a.organization_id <> o.id
"""),  # noqa: S608 - nothing but a constant is put in
    # A spreadsheet takes an account number for a number: the account is known with its zeros.
    text(f"""{NOTE}
SELECT 'accounts.csv', s.line, 'account_number', 'leading_zeros_lost',
       s.account_number || ', known as ' || a.account_number
  FROM staged_accounts s
  JOIN organizations o ON o.tax_id = s.tax_id
  JOIN accounts a ON a.organization_id = o.id
   AND ltrim(a.account_number, '0') = ltrim(s.account_number, '0')
   AND length(a.account_number) > length(s.account_number)
 WHERE NOT EXISTS (SELECT FROM accounts b WHERE b.account_number = s.account_number)
"""),  # noqa: S608 - nothing but a constant is put in
)

METERING_POINTS: Final = (
    _duplicates("metering_points", "eic", "eic, valid_from"),
    text(f"""{NOTE}
SELECT 'metering_points.csv', s.line, 'account_number',
       CASE WHEN p.refused THEN 'refers_to_refused' ELSE 'unknown_account' END, s.account_number
  FROM staged_metering_points s
  LEFT JOIN staged_accounts p ON p.account_number = s.account_number
  LEFT JOIN accounts a ON a.account_number = s.account_number
 WHERE s.account_number IS NOT NULL AND (p.refused OR a.id IS NULL)
"""),  # noqa: S608 - nothing but a constant is put in
)

METERS: Final = (
    _duplicates("meters", "serial_number", "serial_number"),
    text(f"""{NOTE}
SELECT 'meters.csv', s.line, 'eic',
       CASE WHEN p.refused THEN 'refers_to_refused' ELSE 'unknown_metering_point' END, s.eic
  FROM staged_meters s
  LEFT JOIN staged_metering_points p ON p.eic = s.eic
 WHERE s.eic IS NOT NULL
   AND (p.refused OR NOT EXISTS (SELECT FROM metering_points m WHERE m.eic = s.eic))
"""),  # noqa: S608 - nothing but a constant is put in
    # A meter may be used again elsewhere, once it was removed.
    text(f"""{NOTE}
SELECT 'meters.csv', s.line, 'serial_number', 'held_by_another_organization', s.serial_number
  FROM staged_meters s
  JOIN metering_points p ON p.eic = s.eic AND p.valid_to IS NULL
 WHERE EXISTS (SELECT FROM meters m
                 JOIN metering_points o
                   ON o.organization_id = m.organization_id AND o.id = m.metering_point_id
                WHERE m.serial_number = s.serial_number
                  AND m.organization_id <> p.organization_id
                  AND o.eic <> s.eic AND o.valid_to IS NULL
                  AND (m.removed_on IS NULL OR m.removed_on > s.installed_on))
"""),  # noqa: S608 - nothing but a constant is put in
    text(f"""{NOTE}
SELECT 'meters.csv', line, 'removed_on', 'removed_before_installed', removed_on::text
  FROM staged_meters WHERE removed_on < installed_on
"""),  # noqa: S608 - nothing but a constant is put in
)

REGISTERS: Final = (
    _duplicates("registers", "code", "meter_serial, code, valid_from"),
    text(f"""{NOTE}
SELECT 'registers.csv', s.line, 'meter_serial',
       CASE WHEN p.refused THEN 'refers_to_refused' ELSE 'unknown_meter' END, s.meter_serial
  FROM staged_registers s
  LEFT JOIN staged_meters p ON p.serial_number = s.meter_serial
 WHERE s.meter_serial IS NOT NULL
   AND (p.refused OR NOT EXISTS (SELECT FROM meters m WHERE m.serial_number = s.meter_serial))
"""),  # noqa: S608 - nothing but a constant is put in
)

TARIFFS: Final = (_duplicates("tariffs", "service", "service, voltage_class, valid_from"),)

CHECKS: Final = {
    "organizations": ORGANIZATIONS,
    "accounts": ACCOUNTS,
    "metering_points": METERING_POINTS,
    "meters": METERS,
    "registers": REGISTERS,
    "tariffs": TARIFFS,
}

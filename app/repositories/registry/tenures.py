"""Metering points and the days from which they belong to an account.

A row of the file is a tenure: the point belongs to the account from `valid_from` until the next
tenure begins. What a company had stays with it. The next one gets rows of its own, which begin with
the values of its first day.
"""

from typing import Final

from sqlalchemy import Date, bindparam, text

from app.models.metering.reading import CURRENT, OPERATORS_OWN, Kind, Status
from app.repositories.registry.checks import NOTE
from app.repositories.registry.ids import another_id
from app.repositories.registry.placed import PlacedFile, not_noted

# `known` is the tenure that a row names, `last` the newest one that we know, `before` the account
# of the tenure before this one in the file.
PLACE: Final = text(f"""
CREATE TEMP TABLE placed_metering_points ON COMMIT DROP AS
SELECT s.*, known.id AS point_id, known.organization_id AS holder_id,
       known.valid_from AS known_from, known.valid_to AS known_to, last.id AS last_id,
       last.organization_id AS last_organization_id, last.valid_from AS last_from,
       COALESCE(s.before_id, last.account_id) AS former_account_id,
       CASE WHEN known.id IS NULL THEN 'added'
            WHEN (known.account_id, known.address, known.allowed_power_kw, known.voltage_class,
                  known.valid_from)
                 IS DISTINCT FROM (s.account_id, s.address, s.allowed_power_kw,
                                   COALESCE(s.voltage_class, known.voltage_class),
                                   COALESCE(s.valid_from, known.valid_from))
            THEN 'changed' ELSE 'same' END AS verdict
  FROM (SELECT g.*, a.organization_id, a.id AS account_id, count(*) OVER point AS rows,
               lag(a.id) OVER (point ORDER BY g.valid_from NULLS FIRST) AS before_id
          FROM staged_metering_points g JOIN accounts a ON a.account_number = g.account_number
         WHERE {not_noted("metering_points", "g")}
        WINDOW point AS (PARTITION BY g.eic)) s
  LEFT JOIN LATERAL (
    SELECT m.* FROM metering_points m
     WHERE m.eic = s.eic
       AND CASE WHEN s.valid_from IS NULL THEN m.organization_id = s.organization_id
                ELSE m.valid_from = s.valid_from
                     OR m.valid_from IS NULL AND m.account_id = s.account_id END
     ORDER BY COALESCE(m.valid_from = s.valid_from, false) DESC,
              s.rows > 1 AND m.valid_from IS NULL DESC,
              m.account_id = s.account_id DESC, m.valid_to DESC NULLS FIRST
     LIMIT 1
  ) known ON true
  LEFT JOIN LATERAL (
    SELECT m.* FROM metering_points m WHERE m.eic = s.eic AND m.valid_to IS NULL
  ) last ON true
""")  # noqa: S608 - nothing but a constant is put in

CHECKS: Final = (
    # Without a date nothing passes: an account's readings are its company's secret.
    text(f"""{NOTE}
SELECT 'metering_points.csv', line, 'eic', 'held_by_another_organization', eic
  FROM placed_metering_points
 WHERE holder_id <> organization_id
    OR valid_from IS NULL AND point_id IS NULL AND last_id IS NOT NULL
    OR valid_from IS NULL AND rows = 1 AND known_to IS NOT NULL
       AND last_organization_id <> organization_id
"""),  # noqa: S608 - nothing but a constant is put in
    text(f"""{NOTE}
SELECT 'metering_points.csv', line, 'valid_from', 'in_the_future', valid_from::text
  FROM placed_metering_points WHERE valid_from > :today
""").bindparams(bindparam("today", type_=Date)),  # noqa: S608 - nothing but a constant is put in
    # Tenures follow each other and none of them is divided or moved afterwards.
    text(f"""{NOTE}
SELECT 'metering_points.csv', p.line, 'valid_from', 'tenure_changed', p.valid_from::text
  FROM placed_metering_points p
 WHERE p.before_id = p.account_id
    OR p.verdict = 'added' AND p.last_id IS NOT NULL
       AND (p.former_account_id = p.account_id OR p.valid_from <= p.last_from)
    OR p.valid_from IS NULL AND p.rows = 1 AND p.known_to IS NOT NULL
       AND p.last_organization_id = p.organization_id
    OR p.verdict <> 'added' AND p.known_from IS DISTINCT FROM p.valid_from
       AND p.valid_from IS NOT NULL
       AND (p.valid_from >= p.known_to
            OR EXISTS (SELECT FROM meters m
                         JOIN registers r
                           ON r.organization_id = m.organization_id AND r.meter_id = m.id
                         JOIN readings d
                           ON d.organization_id = r.organization_id AND d.register_id = r.id
                        WHERE m.organization_id = p.holder_id AND m.metering_point_id = p.point_id
                          AND d.read_on < p.valid_from))
"""),  # noqa: S608 - nothing but a constant is put in
    # The value of that day closes what one company pays for and opens what the next one does.
    text(f"""{NOTE}
SELECT 'metering_points.csv', p.line, 'valid_from', 'reading_of_day_missing', p.valid_from::text
  FROM placed_metering_points p
 WHERE p.verdict = 'added' AND p.valid_from <= :today AND p.former_account_id IS NOT NULL
   AND EXISTS (
     SELECT FROM (
       SELECT r.meter_serial, r.code
         FROM staged_meters m JOIN staged_registers r ON r.meter_serial = m.serial_number
        WHERE m.eic = p.eic AND m.installed_on <= p.valid_from
          AND (m.removed_on IS NULL OR m.removed_on > p.valid_from)
        UNION
       SELECT m.serial_number, r.code
         FROM meters m
         JOIN registers r ON r.organization_id = m.organization_id AND r.meter_id = m.id
         LEFT JOIN staged_meters s ON s.serial_number = m.serial_number AND NOT s.refused
        WHERE m.organization_id = p.last_organization_id AND m.metering_point_id = p.last_id
          AND m.installed_on <= p.valid_from
          AND COALESCE(s.removed_on, m.removed_on, 'infinity') > p.valid_from
     ) running
      WHERE NOT EXISTS (SELECT FROM staged_readings d
                         WHERE d.meter_serial = running.meter_serial
                           AND d.register_code = running.code AND d.taken_on = p.valid_from
                           AND d.kind = :actual AND NOT d.refused)
        AND NOT EXISTS (SELECT FROM meters m
                          JOIN registers r
                            ON r.organization_id = m.organization_id AND r.meter_id = m.id
                           AND r.code = running.code
                          JOIN readings d
                            ON d.organization_id = r.organization_id AND d.register_id = r.id
                           AND d.read_on = p.valid_from AND d.kind = :actual
                           AND d.status = :accepted
                         WHERE m.organization_id = p.last_organization_id
                           AND m.metering_point_id = p.last_id
                           AND m.serial_number = running.meter_serial))
""").bindparams(  # noqa: S608 - nothing but a constant is put in
        bindparam("today", type_=Date),
        actual=Kind.ACTUAL.value,
        accepted=Status.ACCEPTED.value,
    ),
)

# What is new ends where the next new one begins.
NEW: Final = text("""
CREATE TEMP TABLE new_tenures ON COMMIT DROP AS
SELECT p.*, lead(valid_from) OVER (PARTITION BY eic ORDER BY valid_from NULLS FIRST) AS valid_to
  FROM placed_metering_points p WHERE verdict = 'added'
""")
CLOSE: Final = text("""
UPDATE metering_points m SET valid_to = n.valid_from
  FROM (SELECT last_organization_id, last_id, min(valid_from) AS valid_from FROM new_tenures
         WHERE last_id IS NOT NULL GROUP BY last_organization_id, last_id) n
 WHERE m.organization_id = n.last_organization_id AND m.id = n.last_id
""")
CHANGE: Final = text("""
UPDATE metering_points m
   SET account_id = p.account_id, address = p.address, allowed_power_kw = p.allowed_power_kw,
       voltage_class = COALESCE(p.voltage_class, m.voltage_class),
       valid_from = COALESCE(p.valid_from, m.valid_from)
  FROM placed_metering_points p
 WHERE p.verdict = 'changed' AND m.organization_id = p.holder_id AND m.id = p.point_id
""")
ADD: Final = text("""
INSERT INTO metering_points (organization_id, id, account_id, eic, address, allowed_power_kw,
                             voltage_class, valid_from, valid_to)
SELECT n.organization_id, n.id, n.account_id, n.eic, n.address, n.allowed_power_kw,
       COALESCE(n.voltage_class, last.voltage_class, 2), n.valid_from, n.valid_to
  FROM new_tenures n
  LEFT JOIN metering_points last
    ON last.organization_id = n.last_organization_id AND last.id = n.last_id
""")

_PASSED: Final = """
  FROM new_tenures n
  JOIN meters f ON f.organization_id = n.last_organization_id AND f.metering_point_id = n.last_id"""
_TO: Final = """
  JOIN meters m ON m.organization_id = n.organization_id AND m.metering_point_id = n.id
   AND m.serial_number = f.serial_number
  JOIN registers r ON r.organization_id = f.organization_id AND r.meter_id = f.id"""
_INTO: Final = """
  JOIN registers t ON t.organization_id = m.organization_id AND t.meter_id = m.id
   AND t.code = r.code"""

# A customer of the former company may be about to submit: their registers are held first.
HOLD: Final = text(f"""
WITH held AS MATERIALIZED (
  SELECT r.organization_id, r.id FROM registers r
   WHERE (r.organization_id, r.meter_id) IN (SELECT f.organization_id, f.id {_PASSED})
   ORDER BY r.organization_id, r.id
     FOR NO KEY UPDATE OF r
)
UPDATE registers r SET revision = r.revision + 1
  FROM held WHERE r.organization_id = held.organization_id AND r.id = held.id
""")  # noqa: S608 - nothing but a constant is put in

PASS_ON: Final = (
    text(f"""
INSERT INTO meters (organization_id, id, metering_point_id, serial_number, model, installed_on,
                    removed_on, verification_due_on, is_remote)
SELECT n.organization_id, {another_id("f")}, n.id, f.serial_number, f.model, f.installed_on,
       CASE WHEN n.valid_to IS NULL OR f.removed_on < n.valid_to THEN f.removed_on END,
       f.verification_due_on, f.is_remote {_PASSED}
 WHERE (n.valid_to IS NULL OR f.installed_on < n.valid_to)
   AND (f.removed_on IS NULL OR f.removed_on > n.valid_from)
"""),
    text(f"""
INSERT INTO registers (organization_id, id, meter_id, code, energy, zone, digits, decimals,
                       multiplier)
SELECT m.organization_id, {another_id("r")}, m.id, r.code, r.energy, r.zone, r.digits, r.decimals,
       r.multiplier {_PASSED} {_TO}
"""),
    text(f"""
INSERT INTO register_scales (organization_id, register_id, valid_from, zone, digits, decimals,
                             multiplier)
SELECT t.organization_id, t.id, h.valid_from, h.zone, h.digits, h.decimals, h.multiplier
       {_PASSED} {_TO} {_INTO}
  JOIN register_scales h ON h.organization_id = r.organization_id AND h.register_id = r.id
"""),
    # Of later days only what the operator read: what the former company submitted is its own.
    text(f"""
INSERT INTO readings (organization_id, register_id, read_on, period, version, id, value, taken_at,
                      submitted_at, source, kind, event, status, findings)
SELECT t.organization_id, t.id, d.read_on, d.period, 1, {another_id("d")}, d.value, d.taken_at,
       d.submitted_at, d.source, d.kind, d.event, d.status, '{{}}' {_PASSED} {_TO} {_INTO}
  JOIN readings d ON d.organization_id = r.organization_id AND d.register_id = r.id
   AND d.status = :accepted AND d.read_on >= n.valid_from
   AND (n.valid_to IS NULL OR d.read_on <= n.valid_to)
   AND (d.source = ANY(:operators_own) OR d.read_on = n.valid_from AND d.kind = :actual)
""").bindparams(
        accepted=Status.ACCEPTED.value,
        actual=Kind.ACTUAL.value,
        operators_own=sorted(OPERATORS_OWN),
    ),
    text(f"""
UPDATE readings d SET status = :superseded
  FROM (SELECT r.organization_id, r.id, min(n.valid_from) AS valid_from {_PASSED}
          JOIN registers r ON r.organization_id = f.organization_id AND r.meter_id = f.id
         GROUP BY r.organization_id, r.id) r
 WHERE d.organization_id = r.organization_id AND d.register_id = r.id
   AND d.read_on > r.valid_from AND d.status = ANY(:current)
""").bindparams(superseded=Status.SUPERSEDED.value, current=sorted(CURRENT)),  # noqa: S608 - constants
    # The former company's meter ends with its tenure; what became of it later is not told.
    text(f"""
UPDATE meters m SET removed_on = NULL
  FROM (SELECT f.organization_id, f.id, min(n.valid_from) AS valid_from {_PASSED}
         GROUP BY f.organization_id, f.id) f
 WHERE m.organization_id = f.organization_id AND m.id = f.id AND m.removed_on >= f.valid_from
"""),  # noqa: S608 - nothing but a constant is put in
)

METERING_POINTS: Final = PlacedFile(
    noun="metering_points",
    place=PLACE,
    checks=CHECKS,
    merge=(NEW, CLOSE, CHANGE, ADD, HOLD, *PASS_ON),
)

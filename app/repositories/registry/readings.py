"""An export's readings against those we have: judged in one pass, merged without an update.

Written for millions of rows: staged readings are joined once to the few registers they name and
to the current readings, and every later step looks only at the result.
"""

from typing import Final

from sqlalchemy import Date, bindparam, text

from app.models.metering.reading import (
    CURRENT,
    OPERATORS_OWN,
    Kind,
    ReadingEvent,
    Status,
)
from app.repositories.registry.checks import NOTE
from app.repositories.registry.ids import another_id

# A register has a target for each tenure of its point; it is bounded where days choose the target.
TARGETS: Final = text("""
CREATE TEMP TABLE staged_targets ON COMMIT DROP AS
SELECT s.meter_serial, s.register_code, m.id AS meter_id, r.organization_id, r.id AS register_id,
       r.digits, r.revision, m.installed_on, m.removed_on, p.valid_from, p.valid_to,
       min(p.eic) OVER serial <> max(p.eic) OVER serial AS has_moved,
       EXISTS (SELECT FROM register_scales h WHERE h.organization_id = r.organization_id
                  AND h.register_id = r.id) AS has_scales,
       COALESCE(sm.refused, false) OR COALESCE(sr.refused, false) AS refused
  FROM (SELECT DISTINCT meter_serial, register_code FROM staged_readings WHERE NOT refused) s
  LEFT JOIN (SELECT serial_number, bool_or(refused) AS refused FROM staged_meters
              GROUP BY serial_number) sm ON sm.serial_number = s.meter_serial
  LEFT JOIN (SELECT meter_serial, code, bool_or(refused) AS refused FROM staged_registers
              GROUP BY meter_serial, code) sr
         ON sr.meter_serial = s.meter_serial AND sr.code = s.register_code
  LEFT JOIN meters m ON m.serial_number = s.meter_serial
  LEFT JOIN metering_points p
         ON p.organization_id = m.organization_id AND p.id = m.metering_point_id
  LEFT JOIN registers r
         ON r.organization_id = m.organization_id AND r.meter_id = m.id
        AND r.code = s.register_code
WINDOW serial AS (PARTITION BY s.meter_serial)
""")

JUDGED: Final = text(f"""
CREATE TEMP TABLE judged_readings ON COMMIT DROP AS
SELECT s.line, CASE WHEN s.taken_on = t.valid_to THEN {another_id("s")} ELSE s.id END AS id,
       s.taken_on, s.period, s.value, s.taken_at, s.kind, s.source,
       COALESCE(s.event, :periodic) AS event, s.taken_on IS DISTINCT FROM t.valid_to AS opens,
       t.organization_id, t.register_id, t.revision, t.digits, t.has_scales, t.installed_on,
       t.removed_on,
       c.id AS current_id,
       CASE WHEN c.id IS NULL THEN 'added'
            WHEN c.status = :in_review AND s.kind = :actual AND s.source = ANY(:operators_own)
            THEN 'changed'
            WHEN (c.value, c.kind, c.event) = (s.value, s.kind, COALESCE(s.event, :periodic))
            THEN 'same'
            WHEN c.source = ANY(:operators_own) THEN 'changed'
            ELSE 'kept' END AS verdict
  FROM staged_readings s
  JOIN staged_targets t
    ON t.meter_serial = s.meter_serial AND t.register_code = s.register_code
  LEFT JOIN readings c
    ON c.organization_id = t.organization_id AND c.register_id = t.register_id
   AND c.read_on = s.taken_on AND c.status = ANY(:current)
 WHERE NOT s.refused AND NOT t.refused AND t.register_id IS NOT NULL
   AND (t.valid_from IS NULL OR s.taken_on >= t.valid_from)
   AND (t.valid_to IS NULL OR s.taken_on <= t.valid_to)
   AND (NOT t.has_moved OR s.taken_on >= t.installed_on
        AND (t.removed_on IS NULL OR s.taken_on <= t.removed_on))
""")  # noqa: S608 - nothing but a constant is put in

# A value of the future would stand in the way of every reading until its day has come.
FUTURE: Final = text(f"""{NOTE}
SELECT 'readings.csv', line, 'taken_on', 'in_the_future', taken_on::text
  FROM staged_readings
 WHERE NOT refused AND taken_on > :today
""").bindparams(bindparam("today", type_=Date))  # noqa: S608 - nothing but a constant is put in

READING_CHECKS: Final = (
    text(f"""{NOTE}
SELECT 'readings.csv', line, 'taken_on', 'not_first_of_month', taken_on::text
  FROM staged_readings
 WHERE NOT refused AND COALESCE(event, :periodic) = :periodic
   AND extract(day FROM taken_on) <> 1
""").bindparams(periodic=ReadingEvent.PERIODIC.value),  # noqa: S608 - nothing but a constant is put in
    text(f"""{NOTE}
SELECT 'readings.csv', s.line, CASE WHEN t.refused OR t.meters = 0 THEN 'meter_serial'
                                    ELSE 'register_code' END,
       CASE WHEN t.refused THEN 'refers_to_refused'
            WHEN t.meters = 0 THEN 'unknown_meter' ELSE 'unknown_register' END,
       CASE WHEN t.refused OR t.meters = 0 THEN s.meter_serial ELSE s.register_code END
  FROM staged_readings s
  JOIN (SELECT meter_serial, register_code, bool_or(refused) AS refused,
               count(meter_id) AS meters
          FROM staged_targets GROUP BY meter_serial, register_code
        HAVING bool_or(refused) OR count(register_id) = 0) t
    ON t.meter_serial = s.meter_serial AND t.register_code = s.register_code
 WHERE NOT s.refused
"""),  # noqa: S608 - nothing but a constant is put in
    # A value of a day on which the point belongs to no account that we know is nobody's.
    text(f"""{NOTE}
SELECT 'readings.csv', s.line, 'taken_on', 'outside_tenure', s.taken_on::text
  FROM staged_readings s
 WHERE NOT s.refused
   AND (s.meter_serial, s.register_code) IN (
         SELECT meter_serial, register_code FROM staged_targets
          GROUP BY meter_serial, register_code
         HAVING NOT bool_or(refused) AND count(register_id) > 0
            AND bool_or(has_moved OR valid_from IS NOT NULL OR valid_to IS NOT NULL))
   AND NOT EXISTS (SELECT FROM judged_readings j WHERE j.line = s.line)
"""),  # noqa: S608 - nothing but a constant is put in
    text(f"""{NOTE}
SELECT DISTINCT 'readings.csv', line, 'value', 'too_many_digits', value::text
  FROM judged_readings WHERE NOT has_scales AND value >= 10 ^ digits
"""),  # noqa: S608 - nothing but a constant is put in
    # On the day on which the digits change, the value may be read either way.
    text(f"""{NOTE}
SELECT DISTINCT 'readings.csv', j.line, 'value', 'too_many_digits', j.value::text
  FROM judged_readings j
 CROSS JOIN LATERAL (
   SELECT max(h.digits) FILTER (WHERE h.valid_from = j.taken_on) AS begun,
          COALESCE((array_agg(h.digits ORDER BY h.valid_from DESC)
                      FILTER (WHERE h.valid_from < j.taken_on))[1],
                   (array_agg(h.digits ORDER BY h.valid_from))[1]) AS before
     FROM register_scales h
    WHERE h.organization_id = j.organization_id AND h.register_id = j.register_id) scale
 WHERE j.has_scales AND j.value >= 10 ^ greatest(scale.begun, scale.before)
"""),  # noqa: S608 - nothing but a constant is put in
    text(f"""{NOTE}
SELECT DISTINCT 'readings.csv', line, 'taken_on',
       CASE WHEN taken_on < installed_on THEN 'before_installation' ELSE 'after_removal' END,
       taken_on::text
  FROM judged_readings WHERE taken_on < installed_on OR taken_on > removed_on
"""),  # noqa: S608 - nothing but a constant is put in
    text(f"""{NOTE}
SELECT DISTINCT 'readings.csv', s.line, 'taken_on', 'duplicate_row',
       s.taken_on::text || ', as on line ' || d.first
  FROM (SELECT register_id, taken_on, min(line) AS first FROM judged_readings
         GROUP BY register_id, taken_on HAVING count(*) > 1) d
  JOIN judged_readings s ON s.register_id = d.register_id AND s.taken_on = d.taken_on
 WHERE s.line > d.first
"""),  # noqa: S608 - nothing but a constant is put in
)

LEAVE_OUT: Final = text(
    "DELETE FROM judged_readings s USING staged_problems p "
    "WHERE p.file = 'readings.csv' AND p.line = s.line"
)

# The closing value of one tenure is the opening value of the next: one line, counted once.
VERDICTS: Final = text(
    "SELECT verdict, count(*) AS rows, count(*) FILTER (WHERE opens) AS lines "
    "FROM judged_readings GROUP BY verdict"
)

# Locked in the order of the key: two writers of the same registers wait and do not deadlock. What
# the rules say of a register changes with its meter and its point, with their days above all: it is
# locked here with the others and not when they change, so that there is one order.
RAISE_REVISIONS: Final = text("""
WITH held AS MATERIALIZED (
  SELECT r.organization_id, r.id
    FROM registers r
    JOIN (SELECT organization_id, register_id FROM judged_readings
           WHERE verdict IN ('added', 'changed')
           UNION
          SELECT n.organization_id, n.id
            FROM placed_meters p
            JOIN registers n ON n.organization_id = p.organization_id AND n.meter_id = p.meter_id
           WHERE p.verdict = 'changed'
           UNION
          SELECT n.organization_id, n.id
            FROM placed_metering_points p
            JOIN meters m ON m.organization_id = p.holder_id AND m.metering_point_id = p.point_id
            JOIN registers n ON n.organization_id = m.organization_id AND n.meter_id = m.id
           WHERE p.verdict = 'changed') s
      ON s.organization_id = r.organization_id AND s.register_id = r.id
   ORDER BY r.organization_id, r.id
     FOR NO KEY UPDATE OF r
)
UPDATE registers r SET revision = r.revision + 1
  FROM held
 WHERE r.organization_id = held.organization_id AND r.id = held.id
""")

# What a customer submits while this runs wins: the load then leaves their reading as it is. Looked
# for once the registers are locked, and only where a revision says that somebody has written.
OVERTAKEN: Final = text("""
UPDATE judged_readings s SET verdict = 'kept'
  FROM registers r, readings c
 WHERE s.verdict IN ('added', 'changed')
   AND r.organization_id = s.organization_id AND r.id = s.register_id
   AND r.revision <> s.revision + 1
   AND c.organization_id = s.organization_id AND c.register_id = s.register_id
   AND c.read_on = s.taken_on AND c.status = ANY(:current)
   AND c.id IS DISTINCT FROM s.current_id
""").bindparams(bindparam("current", sorted(CURRENT)))

ADD: Final = text("""
INSERT INTO readings (organization_id, register_id, read_on, period, version, id, value,
                      taken_at, submitted_at, source, kind, event, status, findings)
SELECT s.organization_id, s.register_id, s.taken_on, s.period,
       1 + COALESCE((SELECT max(r.version) FROM readings r
                      WHERE r.organization_id = s.organization_id
                        AND r.register_id = s.register_id AND r.read_on = s.taken_on), 0),
       s.id, s.value, s.taken_at, s.taken_at, s.source, s.kind, s.event,
       :accepted, '{}'
  FROM judged_readings s
 WHERE s.verdict = 'added'
ON CONFLICT (organization_id, register_id, read_on, version) DO NOTHING
""").bindparams(bindparam("accepted", Status.ACCEPTED.value))

# The value of a reading never changes: the earlier one steps back and the new one takes its place.
SUPERSEDE: Final = text("""
WITH superseded AS (
  UPDATE readings r SET status = :superseded
    FROM judged_readings s
   WHERE s.verdict = 'changed' AND r.organization_id = s.organization_id
     AND r.register_id = s.register_id AND r.read_on = s.taken_on
     AND r.id = s.current_id AND r.status = ANY(:current)
  RETURNING s.line, s.register_id
)
INSERT INTO readings (organization_id, register_id, read_on, period, version, id, value,
                      taken_at, submitted_at, source, kind, event, status, findings, supersedes)
SELECT s.organization_id, s.register_id, s.taken_on, s.period,
       1 + (SELECT max(r.version) FROM readings r
             WHERE r.organization_id = s.organization_id
               AND r.register_id = s.register_id AND r.read_on = s.taken_on),
       s.id, s.value, s.taken_at, s.taken_at, s.source, s.kind, s.event,
       :accepted, '{}', s.current_id
  FROM judged_readings s JOIN superseded USING (line, register_id)
""").bindparams(
    bindparam("accepted", Status.ACCEPTED.value),
    bindparam("superseded", Status.SUPERSEDED.value),
    bindparam("current", sorted(CURRENT)),
)

JUDGE: Final = JUDGED.bindparams(
    bindparam("current", sorted(CURRENT)),
    bindparam("operators_own", sorted(OPERATORS_OWN)),
    bindparam("periodic", ReadingEvent.PERIODIC.value),
    bindparam("in_review", Status.IN_REVIEW.value),
    bindparam("actual", Kind.ACTUAL.value),
)

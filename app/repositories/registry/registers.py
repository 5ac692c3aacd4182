"""An export's registers against those we have: how a register counts, and from which day on.

A register has a row in `registers` for each tenure of its point. A later row of the file for the
same register says how it counts from a day on. What held before that day never changes: closed
months were counted with it.
"""

from typing import Final

from sqlalchemy import Date, bindparam, text

from app.models.metering.reading import Kind, Status
from app.repositories.registry.checks import NOTE
from app.repositories.registry.ids import id_of_line
from app.repositories.registry.placed import PlacedFile, not_noted

_SCALE: Final = "CAST(ROW({0}.zone, {0}.digits, {0}.decimals, {0}.multiplier) AS text)"

# `place` counts the rows of a register from its oldest; `known` is what the register has already.
PLACE: Final = text(f"""
CREATE TEMP TABLE placed_registers ON COMMIT DROP AS
SELECT s.line, {id_of_line("s")} AS id, s.meter_serial, s.code, s.energy, s.zone, s.digits,
       s.decimals, s.multiplier, s.valid_from, m.organization_id, m.id AS meter_id,
       m.installed_on, m.removed_on, p.valid_from AS tenure_from, r.id AS register_id,
       row_number() OVER (PARTITION BY m.organization_id, m.id, s.code
                              ORDER BY s.valid_from NULLS FIRST) AS place,
       count(*) OVER (PARTITION BY m.organization_id, m.id, s.code) AS rows, known.newest,
       CASE WHEN r.id IS NULL THEN 'added'
            WHEN r.energy <> s.energy THEN 'energy_changed'
            WHEN {_SCALE.format("s")} = known.in_force THEN 'same'
            WHEN s.valid_from IS NULL AND {_SCALE.format("s")} = known.newest THEN 'same'
            WHEN s.valid_from IS NULL AND p.valid_to IS NOT NULL THEN 'same'
            WHEN s.valid_from IS NULL THEN 'valid_from_missing'
            WHEN s.valid_from <= known.newest_from THEN 'scale_changed'
            ELSE 'changed' END AS verdict
  FROM staged_registers s
  JOIN meters m ON m.serial_number = s.meter_serial
  JOIN metering_points p ON p.organization_id = m.organization_id AND p.id = m.metering_point_id
   AND p.eic = (SELECT last.eic FROM meters device
                  JOIN metering_points last ON last.organization_id = device.organization_id
                   AND last.id = device.metering_point_id
                 WHERE device.serial_number = s.meter_serial
                 ORDER BY device.installed_on DESC, last.eic LIMIT 1)
  LEFT JOIN registers r
    ON r.organization_id = m.organization_id AND r.meter_id = m.id AND r.code = s.code
  LEFT JOIN LATERAL (
    SELECT (array_agg(k.scale ORDER BY k.valid_from DESC))[1] AS newest,
           (array_agg(k.scale ORDER BY coalesce(k.valid_from <= s.valid_from, false) DESC,
                      CASE WHEN k.valid_from <= s.valid_from THEN k.valid_from END DESC,
                      k.valid_from))[1] AS in_force,
           max(k.valid_from) AS newest_from
      FROM (SELECT h.valid_from, {_SCALE.format("h")} AS scale
              FROM register_scales h
             WHERE h.organization_id = r.organization_id AND h.register_id = r.id
             UNION ALL
            SELECT CAST('-infinity' AS date), {_SCALE.format("r")}
             WHERE NOT EXISTS (SELECT FROM register_scales h
                                WHERE h.organization_id = r.organization_id
                                  AND h.register_id = r.id)) k
  ) known ON r.id IS NOT NULL
 WHERE {not_noted("registers", "s")}
   AND (s.valid_from IS NULL OR p.valid_to IS NULL OR s.valid_from < p.valid_to)
""")  # noqa: S608 - nothing but constants are put in

_BEGINS: Final = "(verdict = 'changed' OR verdict = 'added' AND place > 1)"
"""A row that says how a register counts from a day within what we tell of it."""

CHECKS: Final = (
    text(f"""{NOTE}
SELECT DISTINCT 'registers.csv', line,
       CASE verdict WHEN 'energy_changed' THEN 'energy' ELSE 'valid_from' END, verdict,
       CASE verdict WHEN 'energy_changed' THEN energy
                    WHEN 'scale_changed' THEN valid_from::text
                    ELSE 'known: ' || newest END
  FROM placed_registers
 WHERE verdict IN ('energy_changed', 'valid_from_missing', 'scale_changed')
"""),  # noqa: S608 - nothing but a constant is put in
    text(f"""{NOTE}
SELECT DISTINCT 'registers.csv', line, 'valid_from',
       CASE WHEN valid_from > :today THEN 'in_the_future'
            WHEN valid_from <= installed_on THEN 'before_installation'
            ELSE 'after_removal' END, valid_from::text
  FROM placed_registers
 WHERE {_BEGINS}
   AND (valid_from > :today OR valid_from <= installed_on OR valid_from >= removed_on)
""").bindparams(bindparam("today", type_=Date)),  # noqa: S608 - nothing but constants are put in
    # Without a value of that day nobody can tell which energy was counted with which multiplier.
    text(f"""{NOTE}
SELECT DISTINCT 'registers.csv', p.line, 'valid_from', 'reading_of_day_missing',
       p.valid_from::text
  FROM placed_registers p
 WHERE {_BEGINS} AND p.valid_from <= :today
   AND (p.tenure_from IS NULL OR p.valid_from > p.tenure_from)
   AND NOT EXISTS (SELECT FROM staged_readings d
                    WHERE d.meter_serial = p.meter_serial AND d.register_code = p.code
                      AND d.taken_on = p.valid_from AND d.kind = :actual AND NOT d.refused)
   AND NOT EXISTS (SELECT FROM readings d
                    WHERE d.organization_id = p.organization_id
                      AND d.register_id = p.register_id AND d.read_on = p.valid_from
                      AND d.kind = :actual AND d.status = :accepted)
""").bindparams(  # noqa: S608 - nothing but constants are put in
        bindparam("today", type_=Date),
        actual=Kind.ACTUAL.value,
        accepted=Status.ACCEPTED.value,
    ),
)

# Half of a register's history would count past months wrongly: its rows are loaded together.
SIBLINGS: Final = text(f"""{NOTE}
SELECT 'registers.csv', s.line, 'code', 'refers_to_refused', s.code
  FROM staged_registers s
 WHERE {not_noted("registers", "s")}
   AND EXISTS (SELECT FROM staged_registers f
                WHERE f.meter_serial = s.meter_serial AND f.code = s.code
                  AND (f.refused
                       OR EXISTS (SELECT FROM staged_problems d
                                   WHERE d.file = 'registers.csv' AND d.line = f.line
                                     AND d.reason <> 'duplicate_row')))
""")  # noqa: S608 - nothing but a constant is put in

# Locked in the order of the key: two writers of the same registers wait and do not deadlock.
HOLD: Final = text("""
SELECT count(*) FROM (
  SELECT FROM registers r
   WHERE (r.organization_id, r.id) IN (SELECT organization_id, register_id FROM placed_registers
                                        WHERE verdict = 'changed')
   ORDER BY r.organization_id, r.id
     FOR NO KEY UPDATE OF r
) held
""")

ADD: Final = text("""
INSERT INTO registers (organization_id, id, meter_id, code, energy, zone, digits, decimals,
                       multiplier)
SELECT organization_id, id, meter_id, code, energy, zone, digits, decimals, multiplier
  FROM placed_registers WHERE verdict = 'added' AND place = rows
""")

# A register that has counted in one way until now begins to keep its history with that one.
KEEP_FORMER: Final = text("""
INSERT INTO register_scales (organization_id, register_id, valid_from, zone, digits, decimals,
                             multiplier)
SELECT r.organization_id, r.id, m.installed_on, r.zone, r.digits, r.decimals, r.multiplier
  FROM registers r JOIN meters m ON m.organization_id = r.organization_id AND m.id = r.meter_id
 WHERE (r.organization_id, r.id) IN (SELECT organization_id, register_id FROM placed_registers
                                      WHERE verdict = 'changed')
   AND NOT EXISTS (SELECT FROM register_scales h
                    WHERE h.organization_id = r.organization_id AND h.register_id = r.id)
""")

ADD_SCALES: Final = text("""
INSERT INTO register_scales (organization_id, register_id, valid_from, zone, digits, decimals,
                             multiplier)
SELECT p.organization_id, r.id, coalesce(p.valid_from, p.installed_on), p.zone, p.digits,
       p.decimals, p.multiplier
  FROM placed_registers p
  JOIN registers r
    ON r.organization_id = p.organization_id AND r.meter_id = p.meter_id AND r.code = p.code
 WHERE p.verdict = 'changed' OR p.verdict = 'added' AND p.rows > 1
""")

SHOW_NEWEST: Final = text("""
UPDATE registers r
   SET zone = p.zone, digits = p.digits, decimals = p.decimals, multiplier = p.multiplier,
       revision = r.revision + 1
  FROM (SELECT DISTINCT ON (organization_id, register_id) * FROM placed_registers
         WHERE verdict = 'changed' ORDER BY organization_id, register_id, valid_from DESC) p
 WHERE r.organization_id = p.organization_id AND r.id = p.register_id
""")

REGISTERS: Final = PlacedFile(
    noun="registers",
    place=PLACE,
    checks=(*CHECKS, SIBLINGS),
    merge=(HOLD, ADD, KEEP_FORMER, ADD_SCALES, SHOW_NEWEST),
)

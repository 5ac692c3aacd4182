"""An export's meters, placed in each tenure of their point in which they ran."""

from typing import Final

from sqlalchemy import text

from app.repositories.registry.checks import NOTE
from app.repositories.registry.ids import id_of_line
from app.repositories.registry.placed import PlacedFile, not_noted

# A meter that is known at another point of the company was noted there by mistake, unless it was
# removed from there before.
PLACE: Final = text(f"""
CREATE TEMP TABLE placed_meters ON COMMIT DROP AS
SELECT s.line, {id_of_line("s")} AS id, s.serial_number, s.model, s.installed_on,
       CASE WHEN p.valid_to IS NULL OR s.removed_on < p.valid_to THEN s.removed_on END
         AS removed_on,
       s.verification_due_on, s.is_remote, p.organization_id, p.id AS metering_point_id,
       m.id AS meter_id,
       CASE WHEN m.id IS NULL THEN 'added'
            WHEN (m.metering_point_id, m.model, m.installed_on, m.removed_on,
                  m.verification_due_on, m.is_remote)
                 IS DISTINCT FROM
                 (p.id, s.model, s.installed_on,
                  CASE WHEN p.valid_to IS NULL OR s.removed_on < p.valid_to THEN s.removed_on END,
                  s.verification_due_on, s.is_remote)
            THEN 'changed' ELSE 'same' END AS verdict
  FROM staged_meters s
  JOIN metering_points p ON p.eic = s.eic
   AND (p.valid_to IS NULL OR s.installed_on < p.valid_to)
   AND (p.valid_from IS NULL OR s.removed_on IS NULL OR s.removed_on > p.valid_from)
  LEFT JOIN LATERAL (
    SELECT m.* FROM meters m
      JOIN metering_points o
        ON o.organization_id = m.organization_id AND o.id = m.metering_point_id
     WHERE m.serial_number = s.serial_number AND m.organization_id = p.organization_id
       AND (m.metering_point_id = p.id
            OR p.valid_to IS NULL AND o.eic <> p.eic AND o.valid_to IS NULL
               AND (m.removed_on IS NULL OR m.removed_on > s.installed_on))
     ORDER BY m.metering_point_id = p.id DESC, m.id
     LIMIT 1
  ) m ON true
 WHERE {not_noted("meters", "s")}
""")  # noqa: S608 - nothing but a constant is put in

OUTSIDE: Final = text(f"""{NOTE}
SELECT 'meters.csv', s.line, 'removed_on', 'outside_tenure', s.removed_on::text
  FROM staged_meters s
 WHERE {not_noted("meters", "s")}
   AND NOT EXISTS (SELECT FROM placed_meters p WHERE p.line = s.line)
""")  # noqa: S608 - nothing but a constant is put in

CHANGE: Final = text("""
UPDATE meters m
   SET metering_point_id = p.metering_point_id, model = p.model, installed_on = p.installed_on,
       removed_on = p.removed_on, verification_due_on = p.verification_due_on,
       is_remote = p.is_remote
  FROM placed_meters p
 WHERE p.verdict = 'changed' AND m.organization_id = p.organization_id AND m.id = p.meter_id
""")
ADD: Final = text("""
INSERT INTO meters (organization_id, id, metering_point_id, serial_number, model, installed_on,
                    removed_on, verification_due_on, is_remote)
SELECT organization_id, id, metering_point_id, serial_number, model, installed_on, removed_on,
       verification_due_on, is_remote
  FROM placed_meters WHERE verdict = 'added'
""")
METERS: Final = PlacedFile(noun="meters", place=PLACE, checks=(OUTSIDE,), merge=(CHANGE, ADD))

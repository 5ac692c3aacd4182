"""The statements that bring checked rows of the directory files into the register's tables.

Each updates what differs, inserts what is new, touches nothing else, and returns how many rows
it changed and added.
"""

from typing import Final

from sqlalchemy import text

from app.repositories.registry.staging import TABLES

COUNTS: Final = """
SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM changed) AS changed"""

ORGANIZATIONS: Final = text(f"""
WITH changed AS (
  UPDATE organizations o SET name = s.name, phone_on_file = s.phone
    FROM staged_organizations s
   WHERE o.tax_id = s.tax_id AND NOT s.refused
     AND (o.name, o.phone_on_file) IS DISTINCT FROM (s.name, s.phone)
  RETURNING 1
), added AS (
  INSERT INTO organizations (id, tax_id, name, phone_on_file)
  SELECT s.id, s.tax_id, s.name, s.phone
    FROM staged_organizations s
   WHERE NOT s.refused AND NOT EXISTS (SELECT FROM organizations o WHERE o.tax_id = s.tax_id)
  RETURNING 1
) {COUNTS}
""")  # noqa: S608 - nothing but a constant is put in

ACCOUNTS: Final = text(f"""
WITH good AS (
  SELECT s.*, o.id AS organization_id
    FROM staged_accounts s JOIN organizations o ON o.tax_id = s.tax_id
   WHERE NOT s.refused
), changed AS (
  UPDATE accounts a
     SET address = s.address, contract_number = s.contract_number, contract_date = s.contract_date
    FROM good s
   WHERE a.organization_id = s.organization_id AND a.account_number = s.account_number
     AND (a.address, a.contract_number, a.contract_date)
         IS DISTINCT FROM (s.address, s.contract_number, s.contract_date)
  RETURNING 1
), added AS (
  INSERT INTO accounts (organization_id, id, account_number, address, contract_number,
                        contract_date)
  SELECT organization_id, id, account_number, address, contract_number, contract_date
    FROM good s
   WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.account_number = s.account_number)
  RETURNING 1
) {COUNTS}
""")  # noqa: S608 - nothing but a constant is put in

METERING_POINTS: Final = text(f"""
WITH good AS (
  SELECT s.*, a.organization_id, a.id AS account_id
    FROM staged_metering_points s JOIN accounts a ON a.account_number = s.account_number
   WHERE NOT s.refused
), changed AS (
  UPDATE metering_points m
     SET account_id = s.account_id, address = s.address, allowed_power_kw = s.allowed_power_kw,
         voltage_class = COALESCE(s.voltage_class, m.voltage_class)
    FROM good s
   WHERE m.organization_id = s.organization_id AND m.eic = s.eic
     AND (m.account_id, m.address, m.allowed_power_kw, m.voltage_class)
         IS DISTINCT FROM (s.account_id, s.address, s.allowed_power_kw,
                           COALESCE(s.voltage_class, m.voltage_class))
  RETURNING 1
), added AS (
  INSERT INTO metering_points (organization_id, id, account_id, eic, address, allowed_power_kw,
                               voltage_class)
  SELECT organization_id, id, account_id, eic, address, allowed_power_kw,
         COALESCE(voltage_class, 2)
    FROM good s
   WHERE NOT EXISTS (SELECT FROM metering_points m WHERE m.eic = s.eic)
  RETURNING 1
) {COUNTS}
""")  # noqa: S608 - nothing but a constant is put in

METERS: Final = text(f"""
WITH good AS (
  SELECT s.*, p.organization_id, p.id AS metering_point_id
    FROM staged_meters s JOIN metering_points p ON p.eic = s.eic
   WHERE NOT s.refused
), changed AS (
  UPDATE meters m
     SET metering_point_id = s.metering_point_id, model = s.model, installed_on = s.installed_on,
         removed_on = s.removed_on, verification_due_on = s.verification_due_on,
         is_remote = s.is_remote
    FROM good s
   WHERE m.organization_id = s.organization_id AND m.serial_number = s.serial_number
     AND (m.metering_point_id, m.model, m.installed_on, m.removed_on, m.verification_due_on,
          m.is_remote)
         IS DISTINCT FROM (s.metering_point_id, s.model, s.installed_on, s.removed_on,
                           s.verification_due_on, s.is_remote)
  RETURNING 1
), added AS (
  INSERT INTO meters (organization_id, id, metering_point_id, serial_number, model, installed_on,
                      removed_on, verification_due_on, is_remote)
  SELECT organization_id, id, metering_point_id, serial_number, model, installed_on, removed_on,
         verification_due_on, is_remote
    FROM good s
   WHERE NOT EXISTS (SELECT FROM meters m WHERE m.serial_number = s.serial_number)
  RETURNING 1
) {COUNTS}
""")  # noqa: S608 - nothing but a constant is put in

TARIFFS: Final = text(f"""
WITH changed AS (
  UPDATE tariffs t SET price_uah_per_mwh = s.price_uah_per_mwh, act = s.act
    FROM staged_tariffs s
   WHERE (t.service, t.voltage_class, t.valid_from) = (s.service, s.voltage_class, s.valid_from)
     AND NOT s.refused
     AND (t.price_uah_per_mwh, t.act) IS DISTINCT FROM (s.price_uah_per_mwh, s.act)
  RETURNING 1
), added AS (
  INSERT INTO tariffs (service, voltage_class, valid_from, price_uah_per_mwh, act)
  SELECT s.service, s.voltage_class, s.valid_from, s.price_uah_per_mwh, s.act
    FROM staged_tariffs s
   WHERE NOT s.refused
      ON CONFLICT (service, voltage_class, valid_from) DO NOTHING
  RETURNING 1
) {COUNTS}
""")  # noqa: S608 - nothing but a constant is put in

GOOD_ROWS: Final = {
    noun: text(f"SELECT count(*) FROM staged_{noun} WHERE NOT refused")  # noqa: S608 - a name of ours
    for noun in TABLES
    if noun != "readings"
}

MERGES: Final = {
    "organizations": ORGANIZATIONS,
    "accounts": ACCOUNTS,
    "metering_points": METERING_POINTS,
    "meters": METERS,
    "tariffs": TARIFFS,
}

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
     SET address = s.address, contract_number = s.contract_number,
         contract_date = s.contract_date,
         window_group = COALESCE(s.window_group, a.window_group)
    FROM good s
   WHERE a.organization_id = s.organization_id AND a.account_number = s.account_number
     AND (a.address, a.contract_number, a.contract_date, a.window_group)
         IS DISTINCT FROM (s.address, s.contract_number, s.contract_date,
                           COALESCE(s.window_group, a.window_group))
  RETURNING 1
), added AS (
  INSERT INTO accounts (organization_id, id, account_number, address, contract_number,
                        contract_date, window_group)
  SELECT organization_id, id, account_number, address, contract_number, contract_date,
         COALESCE(window_group, 'usual')
    FROM good s
   WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.account_number = s.account_number)
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
    "tariffs": TARIFFS,
}

"""reading_receipts: each carries the hash of the one before it in its company's chain.

The database itself finds the place of a receipt, so that processes of before chain theirs too.
Older receipts are chained company by company, in the order in which they were made. Nobody changes
a receipt after that.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from migrations.online import AT_ONCE, beside_the_running_service, build_index, drop_index

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

COLUMNS = {
    "digest_form": "smallint NOT NULL DEFAULT 1",
    "number": "bigint",
    "previous_hash": "text",
    "hash": "text",
}
NUMBER = "uq_reading_receipts_number"
CHAINS = """
CREATE TABLE IF NOT EXISTS receipt_chains (
  organization_id uuid NOT NULL,
  length bigint NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  CONSTRAINT pk_receipt_chains PRIMARY KEY (organization_id),
  CONSTRAINT fk_receipt_chains_organization_id
    FOREIGN KEY (organization_id) REFERENCES organizations (id)
)"""
HASH = r"""
CREATE OR REPLACE FUNCTION receipt_hash(number bigint, previous text, receipt reading_receipts)
RETURNS text LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(concat_ws(E'\n', number, previous, receipt.id,
           receipt.account_id, to_char(receipt.period, 'YYYY-MM'),
           to_char(receipt.submitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           receipt.digest), 'UTF8')), 'hex')
$$"""
# Whoever comes second waits here for the first, and sees what it has left.
PLACE = """
CREATE OR REPLACE FUNCTION next_in_receipt_chain(receipt reading_receipts)
RETURNS receipt_chains LANGUAGE sql AS $$
  INSERT INTO receipt_chains AS c (organization_id, length, previous_hash, hash)
  VALUES (receipt.organization_id, 1, repeat('0', 64),
          receipt_hash(1, repeat('0', 64), receipt))
  ON CONFLICT (organization_id) DO UPDATE
     SET length = c.length + 1, previous_hash = c.hash,
         hash = receipt_hash(c.length + 1, c.hash, receipt)
  RETURNING c.*
$$"""
CHAIN = """
CREATE OR REPLACE FUNCTION chain_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  place receipt_chains := next_in_receipt_chain(NEW);
BEGIN
  NEW.number := place.length;
  NEW.previous_hash := place.previous_hash;
  NEW.hash := place.hash;
  RETURN NEW;
END $$"""
CHAIN_OLDER = """
CREATE OR REPLACE FUNCTION chain_older_receipts(after_company uuid, after_id uuid, most integer)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  receipt reading_receipts;
  place receipt_chains;
  last uuid[];
BEGIN
  FOR receipt IN
    SELECT * FROM reading_receipts r
     WHERE r.number IS NULL AND (r.organization_id, r.id) > (after_company, after_id)
     ORDER BY r.organization_id, r.id LIMIT most
  LOOP
    place := next_in_receipt_chain(receipt);
    UPDATE reading_receipts r
       SET number = place.length, previous_hash = place.previous_hash, hash = place.hash
     WHERE r.organization_id = receipt.organization_id AND r.id = receipt.id;
    last := ARRAY[receipt.organization_id, receipt.id];
  END LOOP;
  RETURN last;
END $$"""
REFUSE = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON reading_receipts
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
FUNCTIONS = (
    "chain_older_receipts(uuid, uuid, integer)",
    "chain_receipt()",
    "next_in_receipt_chain(reading_receipts)",
    "receipt_hash(bigint, text, reading_receipts)",
)


def upgrade() -> None:
    op.execute("DROP TRIGGER IF EXISTS refuse_change ON reading_receipts")
    for name, kind in COLUMNS.items():
        op.execute(f"ALTER TABLE reading_receipts ADD COLUMN IF NOT EXISTS {name} {kind}")
    for statement in (CHAINS, HASH, PLACE, CHAIN, CHAIN_OLDER):
        op.execute(statement)
    with beside_the_running_service():
        build_index(NUMBER, "reading_receipts", ["organization_id", "number"], unique=True)
        chain_what_has_no_place()
    op.execute("DROP TRIGGER IF EXISTS chain_receipt ON reading_receipts")
    op.execute(
        "CREATE TRIGGER chain_receipt BEFORE INSERT ON reading_receipts "
        "FOR EACH ROW EXECUTE FUNCTION chain_receipt()"
    )
    with beside_the_running_service():
        # What was handed in between the two steps above.
        chain_what_has_no_place()
    op.execute(REFUSE)


def chain_what_has_no_place() -> None:
    batch = sa.text("SELECT chain_older_receipts(:company, :id, :most)")
    last: list[UUID] | None = [UUID(int=0), UUID(int=0)]
    while last is not None:
        values = {"company": last[0], "id": last[1], "most": AT_ONCE}
        last = op.get_bind().scalar(batch, values)


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_change ON reading_receipts")
    op.execute("DROP TRIGGER chain_receipt ON reading_receipts")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    with beside_the_running_service():
        drop_index(NUMBER, "reading_receipts")
    op.execute("DROP TABLE receipt_chains")
    for name in COLUMNS:
        op.execute(f"ALTER TABLE reading_receipts DROP COLUMN {name}")

"""readings: when each was last written, in an order that a reader can follow without gaps.

`change` is the number of the transaction that wrote the row, above the feed's epoch. A transaction
whose number is below the oldest one still running has committed or is gone, so whoever reads only
what is below it misses nothing. Rows of before share the number 0. After a restore or a failover
the server may count transactions anew: then an epoch begins, and its numbers are above all earlier.
"""

import sqlalchemy as sa
from alembic import op

from migrations.online import beside_the_running_service, drop_index

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

INDEX = "ix_readings_changed"
# Bits of a transaction's number that stay free for it below the epoch.
BASE = """
CREATE OR REPLACE FUNCTION reading_change_base() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CAST(coalesce(max(epoch), 0) AS bigint) << 48 FROM reading_epochs
$$"""
CHANGE = """
CREATE OR REPLACE FUNCTION reading_change() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT reading_change_base() + CAST(CAST(pg_current_xact_id() AS text) AS bigint)
$$"""
# Stable, so that it looks with the very snapshot of the statement that reads the rows.
BELOW = """
CREATE OR REPLACE FUNCTION reading_changes_below() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT reading_change_base()
         + CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)
$$"""
NOTE = """
CREATE OR REPLACE FUNCTION note_reading_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.change := reading_change();
  RETURN NEW;
END $$"""
TRIGGER = """
CREATE OR REPLACE TRIGGER note_reading_change BEFORE UPDATE ON readings
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION note_reading_change()"""


def upgrade() -> None:
    op.create_table(
        "reading_epochs",
        sa.Column("epoch", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("system_identifier", sa.BigInteger(), nullable=False),
        sa.Column("timeline", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name="pk_reading_epochs"),
        if_not_exists=True,
    )
    op.create_table(
        "reading_change_marks",
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("below", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("marked_at", name="pk_reading_change_marks"),
        if_not_exists=True,
    )
    for function in (BASE, CHANGE, BELOW, NOTE):
        op.execute(function)
    # The constant is kept beside the table, and no row is written; new rows get their number.
    op.add_column(
        "readings",
        sa.Column("change", sa.BigInteger(), server_default="0", nullable=False),
        if_not_exists=True,
    )
    op.alter_column("readings", "change", server_default=sa.text("reading_change()"))
    op.execute(TRIGGER)
    with beside_the_running_service():
        drop_index(INDEX, "readings")
        op.create_index(
            INDEX,
            "readings",
            ["organization_id", "change", "id"],
            postgresql_include=["register_id"],
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with beside_the_running_service():
        drop_index(INDEX, "readings")
    op.execute("DROP TRIGGER IF EXISTS note_reading_change ON readings")
    op.drop_column("readings", "change", if_exists=True)
    for function in (
        "note_reading_change",
        "reading_changes_below",
        "reading_change",
        "reading_change_base",
    ):
        op.execute(f"DROP FUNCTION IF EXISTS {function}()")
    op.drop_table("reading_change_marks", if_exists=True)
    op.drop_table("reading_epochs", if_exists=True)

"""ledger: double entry that is only added to, and that adds up to zero at each commit."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_transactions", "ledger_entries")

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$"""
PROVE = """
CREATE FUNCTION prove_ledger_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  asked uuid := coalesce(to_jsonb(NEW) ->> 'transaction_id', to_jsonb(NEW) ->> 'id')::uuid;
  promised integer := (SELECT entries FROM ledger_transactions WHERE id = asked);
  found record;
BEGIN
  SELECT count(*) AS number, coalesce(sum(amount), 0) AS total INTO found
    FROM ledger_entries WHERE transaction_id = asked;
  IF found.total <> 0 OR found.number <> promised THEN
    RAISE EXCEPTION 'ledger transaction %: % entries of % add up to %',
      asked, found.number, promised, found.total USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$"""


def upgrade() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(organization_id IS NULL) = (account_id IS NULL)",
            name="ck_ledger_accounts_of_account_or_operator",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_ledger_accounts_organization_id_account_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_accounts"),
    )
    op.create_index(
        "ix_ledger_accounts_account", "ledger_accounts", ["organization_id", "account_id"]
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.SmallInteger(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("document_number", sa.Text(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("entries >= 2", name="ck_ledger_transactions_two_sides"),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["ledger_transactions.id"],
            name="fk_ledger_transactions_reverses_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transactions"),
        sa.UniqueConstraint("reverses_id", name="uq_ledger_transactions_reverses_id"),
        sa.UniqueConstraint(
            "source", "source_ref", name="uq_ledger_transactions_source_source_ref"
        ),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("ledger_account_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name="ck_ledger_entries_moves_something"),
        sa.ForeignKeyConstraint(
            ["ledger_account_id"],
            ["ledger_accounts.id"],
            name="fk_ledger_entries_ledger_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name="fk_ledger_entries_transaction_id",
        ),
        sa.PrimaryKeyConstraint("ledger_account_id", "transaction_id", name="pk_ledger_entries"),
    )
    op.create_index("ix_ledger_entries_transaction_id", "ledger_entries", ["transaction_id"])
    guard()


def guard() -> None:
    op.execute(REFUSE)
    op.execute(PROVE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE CONSTRAINT TRIGGER prove_ledger_transaction AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION prove_ledger_transaction()"
        )


def downgrade() -> None:
    for table in ("ledger_entries", "ledger_transactions", "ledger_accounts"):
        op.drop_table(table)
    op.execute("DROP FUNCTION prove_ledger_transaction()")
    op.execute("DROP FUNCTION refuse_change()")

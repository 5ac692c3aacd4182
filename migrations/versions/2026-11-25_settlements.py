"""settlements: versions of an account's period, which nobody changes."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("settlements", "settled_registers", "settled_points")


def upgrade() -> None:
    op.add_column("readings", sa.Column("estimate_method", sa.Text(), nullable=True))
    op.add_column("registers", sa.Column("settled_revision", sa.BigInteger(), nullable=True))
    add_settlements()
    add_registers()
    add_points()
    op.execute("""
        CREATE FUNCTION refuse_settlement_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME;
        END $$
    """)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_settlement_change()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_settlement_change()")
    op.drop_column("registers", "settled_revision")
    op.drop_column("readings", "estimate_method")


def add_settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.CheckConstraint("extract(day FROM period) = 1", name="ck_settlements_period_is_a_month"),
        sa.CheckConstraint("version > 0", name="ck_settlements_version_counts"),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name="fk_settlements_organization_id_account_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_settlements"),
        sa.UniqueConstraint(
            "organization_id",
            "account_id",
            "period",
            "version",
            name="uq_settlements_organization_id_account_id_period_version",
        ),
    )


def add_registers() -> None:
    op.create_table(
        "settled_registers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("opening", sa.Numeric(precision=15, scale=3), nullable=True),
        sa.Column("closing", sa.Numeric(precision=15, scale=3), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("estimate_method", sa.Text(), nullable=True),
        sa.Column("months_unread", sa.SmallInteger(), nullable=False),
        sa.Column("energy", sa.Numeric(precision=15, scale=3), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "settlement_id"],
            ["settlements.organization_id", "settlements.id"],
            name="fk_settled_registers_organization_id_settlement_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "register_id"],
            ["registers.organization_id", "registers.id"],
            name="fk_settled_registers_organization_id_register_id",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "settlement_id", "register_id", name="pk_settled_registers"
        ),
    )


def add_points() -> None:
    op.create_table(
        "settled_points",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("metering_point_id", sa.Uuid(), nullable=False),
        sa.Column("energy", sa.Text(), nullable=False),
        sa.Column("voltage_class", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("difference", sa.BigInteger(), nullable=True),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("voltage_class IN (1, 2)", name="ck_settled_points_voltage_class_known"),
        sa.ForeignKeyConstraint(
            ["organization_id", "settlement_id"],
            ["settlements.organization_id", "settlements.id"],
            name="fk_settled_points_organization_id_settlement_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "metering_point_id"],
            ["metering_points.organization_id", "metering_points.id"],
            name="fk_settled_points_organization_id_metering_point_id",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "settlement_id",
            "metering_point_id",
            "energy",
            name="pk_settled_points",
        ),
    )

"""register history: values of any day, scales and tenures with their dates, tariffs.

An old process goes on: a trigger gives its readings the day that they stand for. Only its
`registry load` names the old key and fails, changing nothing: load with the new image.
"""

import sqlalchemy as sa
from alembic import op

from migrations.online import (
    AT_ONCE,
    beside_the_running_service,
    build_index,
    drop_index,
    update_in_batches,
)

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = ("uq_readings_day", "readings")
OLD_KEY = ("uq_readings_period", "readings")
UNDATED = ("ix_readings_undated", "readings")
OPEN_TENURE = ("uq_metering_points_open_tenure", "metering_points")
METER = ("uq_meters_organization_id_metering_point_id_serial_number", "meters")
OLD_METER = ("uq_meters_organization_id_serial_number", "meters")
OLD_POINT = ("uq_metering_points_organization_id_eic", "metering_points")
OF_POINT = ("ix_meters_metering_point", "meters")

CHECKS = {
    ("readings", "ck_readings_read_on_present"): "read_on IS NOT NULL",
    ("readings", "ck_readings_period_holds_the_day_before"): (
        "period = read_on - CAST(extract(day FROM read_on - 1) AS integer)"
    ),
    ("readings", "ck_readings_periodic_on_first_day"): (
        "event <> 'periodic' OR extract(day FROM read_on) = 1"
    ),
    ("metering_points", "ck_metering_points_tenure_has_days"): "valid_from < valid_to",
    ("metering_points", "ck_metering_points_voltage_class_known"): "voltage_class IN (1, 2)",
}

DATED_BY_OLD_PROCESSES = """
CREATE OR REPLACE FUNCTION date_reading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.read_on := NEW.period + interval '1 month';
  RETURN NEW;
END $$"""
DATED = """
CREATE OR REPLACE TRIGGER date_reading BEFORE INSERT ON readings
FOR EACH ROW WHEN (NEW.read_on IS NULL) EXECUTE FUNCTION date_reading()"""


def upgrade() -> None:
    add_columns()
    add_tables()
    op.execute(DATED_BY_OLD_PROCESSES)
    op.execute(DATED)
    for (table, name), condition in CHECKS.items():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    with beside_the_running_service():
        build_index(*UNDATED, ["organization_id"], where="read_on IS NULL")
        update_in_batches(
            "readings", "read_on = period + interval '1 month'", where="read_on IS NULL", key="ctid"
        )
        drop_index(*UNDATED)
        for table, name in CHECKS:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
        build_index(*KEY, ["organization_id", "register_id", "read_on", "version"], unique=True)
        build_index(*OPEN_TENURE, ["organization_id", "eic"], where="valid_to IS NULL", unique=True)
        build_index(*METER, ["organization_id", "metering_point_id", "serial_number"], unique=True)
    op.alter_column("readings", "read_on", existing_type=sa.Date(), nullable=False)
    replace_key("readings", "pk_readings", f"PRIMARY KEY USING INDEX {KEY[0]}")
    op.drop_constraint("ck_readings_read_on_present", "readings")
    op.execute(f"ALTER TABLE meters ADD CONSTRAINT {METER[0]} UNIQUE USING INDEX {METER[0]}")
    op.drop_constraint(*OLD_METER)
    op.drop_constraint(*OLD_POINT)
    with beside_the_running_service():
        drop_index(*OF_POINT)


def downgrade() -> None:
    with beside_the_running_service():
        # The old key has no room for these; what they tell is lost, as the page on upgrades says.
        delete_in_batches("readings", where="event <> 'periodic'")
        build_index(*OF_POINT, ["organization_id", "metering_point_id"])
        build_index(*OLD_METER, ["organization_id", "serial_number"], unique=True)
        build_index(*OLD_POINT, ["organization_id", "eic"], unique=True)
        build_index(*OLD_KEY, ["organization_id", "register_id", "period", "version"], unique=True)
    for name, table in (OLD_METER, OLD_POINT):
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}")
    op.drop_constraint(*METER)
    replace_key("readings", "pk_readings", f"PRIMARY KEY USING INDEX {OLD_KEY[0]}")
    op.execute("DROP TRIGGER date_reading ON readings")
    op.execute("DROP FUNCTION date_reading()")
    op.drop_table("tariffs")
    op.drop_table("register_scales")
    for column in ("valid_to", "valid_from", "voltage_class"):
        op.drop_column("metering_points", column)
    op.drop_column("registers", "revision")
    for column in ("event", "read_on"):
        op.drop_column("readings", column)


def add_columns() -> None:
    for table, column in (
        ("readings", sa.Column("read_on", sa.Date(), nullable=True)),
        ("readings", sa.Column("event", sa.Text(), nullable=False, server_default="periodic")),
        ("registers", sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0")),
        (
            "metering_points",
            sa.Column("voltage_class", sa.SmallInteger(), nullable=False, server_default="2"),
        ),
        ("metering_points", sa.Column("valid_from", sa.Date(), nullable=True)),
        ("metering_points", sa.Column("valid_to", sa.Date(), nullable=True)),
    ):
        op.add_column(table, column, if_not_exists=True)


def add_tables() -> None:
    op.create_table(
        "register_scales",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("decimals", sa.Integer(), nullable=False),
        sa.Column("multiplier", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.CheckConstraint("decimals BETWEEN 0 AND 3", name="ck_register_scales_decimals_range"),
        sa.CheckConstraint("digits BETWEEN 1 AND 9", name="ck_register_scales_digits_range"),
        sa.CheckConstraint("multiplier > 0", name="ck_register_scales_multiplier_positive"),
        sa.ForeignKeyConstraint(
            ["organization_id", "register_id"],
            ["registers.organization_id", "registers.id"],
            name="fk_register_scales_organization_id_register_id",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "register_id", "valid_from", name="pk_register_scales"
        ),
        if_not_exists=True,
    )
    op.create_table(
        "tariffs",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("voltage_class", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("price_uah_per_mwh", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.CheckConstraint("price_uah_per_mwh >= 0", name="ck_tariffs_price_not_negative"),
        sa.CheckConstraint("voltage_class IN (1, 2)", name="ck_tariffs_voltage_class_known"),
        sa.PrimaryKeyConstraint("service", "voltage_class", "valid_from", name="pk_tariffs"),
        if_not_exists=True,
    )


def replace_key(table: str, name: str, key: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {key}")


def delete_in_batches(table: str, *, where: str) -> None:
    batch = sa.text(
        f"DELETE FROM {table} WHERE ctid IN "  # noqa: S608 - written above
        f"(SELECT ctid FROM {table} WHERE {where} LIMIT {AT_ONCE} FOR UPDATE)"
    )
    while op.get_bind().execute(batch).rowcount:
        pass

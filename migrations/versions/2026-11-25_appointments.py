"""appointments: districts, the slots of their crews, and when a crew comes for an order."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "districts",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("address_part", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_districts"),
    )
    op.create_table(
        "appointment_slots",
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.Column("booked", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "starts_at", name="pk_appointment_slots"),
        sa.ForeignKeyConstraint(
            ["district"], ["districts.code"], name="fk_appointment_slots_district_districts"
        ),
        sa.CheckConstraint(
            "booked BETWEEN 0 AND capacity", name="ck_appointment_slots_never_overbooked"
        ),
        sa.CheckConstraint("starts_at < ends_at", name="ck_appointment_slots_has_a_length"),
    )
    op.create_table(
        "order_appointments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("customer_moves", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "order_id", name="pk_order_appointments"),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name="fk_order_appointments_organization_id_order_id_orders",
        ),
    )


def downgrade() -> None:
    for name in ("order_appointments", "appointment_slots", "districts"):
        op.drop_table(name)

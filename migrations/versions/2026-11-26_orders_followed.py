"""orders: those opened by staff after others; compensations that are owed again."""

from alembic import op

from migrations.online import beside_the_running_service, build_index, drop_index

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

FOLLOWS = "fk_orders_organization_id_follows_id"
ONCE = "uq_order_compensations_organization_id_order_id_code"
EACH_TIME = "uq_order_compensations_organization_id_order_id_code_occurrence"
KEY = ["organization_id", "order_id", "code"]


def upgrade() -> None:
    for column in (
        "times_owed integer NOT NULL DEFAULT 0",
        "owed_again_after date",
        "follows_id uuid",
    ):
        op.execute(f"ALTER TABLE orders ADD COLUMN IF NOT EXISTS {column}")
    op.execute(
        "ALTER TABLE order_compensations"
        " ADD COLUMN IF NOT EXISTS occurrence integer NOT NULL DEFAULT 1"
    )
    op.execute(f"ALTER TABLE orders DROP CONSTRAINT IF EXISTS {FOLLOWS}")
    op.execute(
        f"ALTER TABLE orders ADD CONSTRAINT {FOLLOWS} FOREIGN KEY (organization_id, follows_id)"
        " REFERENCES orders (organization_id, id) NOT VALID"
    )
    with beside_the_running_service():
        op.execute(f"ALTER TABLE orders VALIDATE CONSTRAINT {FOLLOWS}")
        build_index(
            "ix_orders_owed_again",
            "orders",
            ["owed_again_after"],
            where="owed_again_after IS NOT NULL",
        )
        build_index(EACH_TIME, "order_compensations", [*KEY, "occurrence"], unique=True)
    op.execute(
        f"ALTER TABLE order_compensations ADD CONSTRAINT {EACH_TIME} UNIQUE USING INDEX {EACH_TIME}"
    )
    op.execute(f"ALTER TABLE order_compensations DROP CONSTRAINT IF EXISTS {ONCE}")


def downgrade() -> None:
    op.execute("DELETE FROM order_compensations WHERE occurrence > 1")
    op.create_unique_constraint(ONCE, "order_compensations", KEY)
    op.drop_constraint(EACH_TIME, "order_compensations")
    with beside_the_running_service():
        drop_index("ix_orders_owed_again", "orders")
    op.drop_constraint(FOLLOWS, "orders")
    for column in ("times_owed", "owed_again_after", "follows_id"):
        op.drop_column("orders", column)
    op.drop_column("order_compensations", "occurrence")

"""invoiced order fees: those whose invoices may have been paid are found at once."""

from migrations.online import beside_the_running_service, build_index, drop_index

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with beside_the_running_service():
        build_index("ix_order_fees_invoiced", "order_fees", ["id"], where="status = 'invoiced'")


def downgrade() -> None:
    with beside_the_running_service():
        drop_index("ix_order_fees_invoiced", "order_fees")

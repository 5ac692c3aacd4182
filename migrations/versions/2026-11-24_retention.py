"""retention: indexes by age, so that what is old is found without reading what is not."""

from migrations.online import beside_the_running_service, build_index, drop_index

revision = "0004"
down_revision = "0003a"
branch_labels = None
depends_on = None

AGES = (
    ("account_link_requests", "created_at", "confirmed_at IS NULL"),
    ("audit_events", "happened_at", None),
    ("code_challenges", "expires_at", None),
    ("invitations", "created_at", None),
    ("messages", "created_at", None),
    ("password_resets", "created_at", None),
    ("phone_changes", "created_at", None),
    ("sessions", "created_at", None),
    ("sign_ups", "created_at", None),
)


def upgrade() -> None:
    with beside_the_running_service():
        for table, column, where in AGES:
            build_index(f"ix_{table}_{column}", table, [column], where=where)


def downgrade() -> None:
    with beside_the_running_service():
        for table, column, _ in AGES:
            drop_index(f"ix_{table}_{column}", table)

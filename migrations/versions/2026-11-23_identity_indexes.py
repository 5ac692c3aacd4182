"""identity indexes: a member's sessions, and who sees an account, are found by an index."""

from migrations.online import beside_the_running_service, build_index, drop_index

revision = "0003a"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with beside_the_running_service():
        build_index(
            "ix_account_links_account",
            "account_links",
            ["account_organization_id", "account_id"],
            where="ended_at IS NULL",
        )
        build_index("ix_sessions_member", "sessions", ["organization_id", "member_id"])


def downgrade() -> None:
    with beside_the_running_service():
        drop_index("ix_sessions_member", "sessions")
        drop_index("ix_account_links_account", "account_links")

"""identity: members' limits, invitations, resets, phone changes, links, budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("spent", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_budgets")),
    )
    op.create_index(op.f("ix_budgets_forget_at"), "budgets", ["forget_at"], unique=False)
    op.create_table(
        "password_resets",
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_resets")),
    )
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("arrival", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limits")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_rate_limits_arrival"), "rate_limits", ["arrival"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("account_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_invitations_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_table(
        "account_link_requests",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_account_link_requests_account_organization_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link_requests")),
    )
    op.create_table(
        "phone_changes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("new_phone", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "member_id"],
            ["members.organization_id", "members.id"],
            name=op.f("fk_phone_changes_organization_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_changes")),
    )
    op.add_column("members", sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("members", sa.Column("expires_on", sa.Date(), nullable=True))
    op.add_column("members", sa.Column("account_ids", sa.ARRAY(sa.Uuid()), nullable=True))
    op.add_column(
        "members", sa.Column("password_reset_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Until now every message carried the code of a sign-up, and old processes still write those.
    op.add_column(
        "messages",
        sa.Column("template", sa.Text(), nullable=False, server_default="sign_up"),
    )
    op.alter_column("messages", "challenge_id", existing_type=sa.UUID(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM messages WHERE challenge_id IS NULL")
    op.alter_column("messages", "challenge_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("messages", "template")
    op.drop_column("members", "password_reset_at")
    op.drop_column("members", "account_ids")
    op.drop_column("members", "expires_on")
    op.drop_column("members", "frozen_at")
    op.drop_table("phone_changes")
    op.drop_table("account_link_requests")
    op.drop_table("invitations")
    op.drop_index(op.f("ix_rate_limits_arrival"), table_name="rate_limits")
    op.drop_table("rate_limits")
    op.drop_table("password_resets")
    op.drop_index(op.f("ix_budgets_forget_at"), table_name="budgets")
    op.drop_table("budgets")

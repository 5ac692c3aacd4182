"""initial tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_challenges",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "attempts BETWEEN 0 AND 5", name=op.f("ck_code_challenges_attempts_range")
        ),
        sa.CheckConstraint("sends BETWEEN 1 AND 3", name=op.f("ck_code_challenges_sends_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_challenges")),
    )
    op.create_index("ix_code_challenges_subject", "code_challenges", ["subject_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_claimed_at"), "idempotency_keys", ["claimed_at"], unique=False
    )
    op.create_table(
        "messages",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("challenge_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_challenge", "messages", ["challenge_id"], unique=False)
    op.create_index(
        "ix_messages_due",
        "messages",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "organizations",
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone_on_file", sa.Text(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ownership_proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "tax_id ~ '^(\\d{8}|\\d{10})$'", name=op.f("ck_organizations_tax_id_form")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("tax_id", name=op.f("uq_organizations_tax_id")),
    )
    op.create_table(
        "accounts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contract_number", sa.Text(), nullable=True),
        sa.Column("contract_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("account_number", name=op.f("uq_accounts_account_number")),
    )
    op.create_table(
        "audit_events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_events_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_audit_events")),
    )
    op.create_index(
        "ix_audit_events_happened", "audit_events", ["organization_id", "happened_at"], unique=False
    )
    op.create_table(
        "members",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_members_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_members")),
    )
    op.create_index(
        "uq_members_owner",
        "members",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("role = 'owner' AND removed_at IS NULL"),
    )
    op.create_index(
        "uq_members_phone",
        "members",
        ["phone"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "account_links",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_account_links_account_organization_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_account_links_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_account_links")),
    )
    op.create_index(
        "uq_account_links_current",
        "account_links",
        ["organization_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "metering_points",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("eic", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("allowed_power_kw", sa.Numeric(precision=15, scale=3), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_metering_points_organization_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_metering_points")),
        sa.UniqueConstraint(
            "organization_id", "eic", name=op.f("uq_metering_points_organization_id_eic")
        ),
    )
    op.create_index(
        "ix_metering_points_account",
        "metering_points",
        ["organization_id", "account_id"],
        unique=False,
    )
    op.create_index("ix_metering_points_eic", "metering_points", ["eic"], unique=False)
    op.create_table(
        "reading_receipts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_reading_receipts_organization_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_reading_receipts")),
    )
    op.create_table(
        "sessions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "member_id"],
            ["members.organization_id", "members.id"],
            name=op.f("fk_sessions_organization_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sessions")),
    )
    op.create_table(
        "sign_ups",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounts.organization_id", "accounts.id"],
            name=op.f("fk_sign_ups_organization_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
    )
    op.create_table(
        "meters",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("metering_point_id", sa.Uuid(), nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("verification_due_on", sa.Date(), nullable=True),
        sa.Column("is_remote", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "metering_point_id"],
            ["metering_points.organization_id", "metering_points.id"],
            name=op.f("fk_meters_organization_id_metering_point_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_meters")),
        sa.UniqueConstraint(
            "organization_id", "serial_number", name=op.f("uq_meters_organization_id_serial_number")
        ),
    )
    op.create_index(
        "ix_meters_metering_point", "meters", ["organization_id", "metering_point_id"], unique=False
    )
    op.create_index("ix_meters_serial_number", "meters", ["serial_number"], unique=False)
    op.create_table(
        "registers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("energy", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("decimals", sa.Integer(), nullable=False),
        sa.Column("multiplier", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.CheckConstraint("decimals BETWEEN 0 AND 3", name=op.f("ck_registers_decimals_range")),
        sa.CheckConstraint("digits BETWEEN 1 AND 9", name=op.f("ck_registers_digits_range")),
        sa.CheckConstraint("multiplier > 0", name=op.f("ck_registers_multiplier_positive")),
        sa.ForeignKeyConstraint(
            ["organization_id", "meter_id"],
            ["meters.organization_id", "meters.id"],
            name=op.f("fk_registers_organization_id_meter_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_registers")),
        sa.UniqueConstraint(
            "organization_id",
            "meter_id",
            "code",
            name=op.f("uq_registers_organization_id_meter_id_code"),
        ),
    )
    op.create_table(
        "readings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("findings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "extract(day FROM period) = 1", name=op.f("ck_readings_period_is_a_month")
        ),
        sa.CheckConstraint("value >= 0", name=op.f("ck_readings_value_not_negative")),
        sa.ForeignKeyConstraint(
            ["organization_id", "receipt_id"],
            ["reading_receipts.organization_id", "reading_receipts.id"],
            name=op.f("fk_readings_organization_id_receipt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "register_id"],
            ["registers.organization_id", "registers.id"],
            name=op.f("fk_readings_organization_id_register_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "register_id", "period", "version", name=op.f("pk_readings")
        ),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_readings_organization_id_id")),
    )


def downgrade() -> None:
    op.drop_table("readings")
    op.drop_table("registers")
    op.drop_index("ix_meters_serial_number", table_name="meters")
    op.drop_index("ix_meters_metering_point", table_name="meters")
    op.drop_table("meters")
    op.drop_table("sign_ups")
    op.drop_table("sessions")
    op.drop_table("reading_receipts")
    op.drop_index("ix_metering_points_eic", table_name="metering_points")
    op.drop_index("ix_metering_points_account", table_name="metering_points")
    op.drop_table("metering_points")
    op.drop_index(
        "uq_account_links_current",
        table_name="account_links",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("account_links")
    op.drop_index(
        "uq_members_phone", table_name="members", postgresql_where=sa.text("removed_at IS NULL")
    )
    op.drop_index(
        "uq_members_owner",
        table_name="members",
        postgresql_where=sa.text("role = 'owner' AND removed_at IS NULL"),
    )
    op.drop_table("members")
    op.drop_index("ix_audit_events_happened", table_name="audit_events")
    op.drop_table("audit_events")
    op.drop_table("accounts")
    op.drop_table("organizations")
    op.drop_index(
        "ix_messages_due", table_name="messages", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_index("ix_messages_challenge", table_name="messages")
    op.drop_table("messages")
    op.drop_index(op.f("ix_idempotency_keys_claimed_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_code_challenges_subject", table_name="code_challenges")
    op.drop_table("code_challenges")

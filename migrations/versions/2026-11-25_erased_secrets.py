"""erased secrets: a sign-up that is over, and a removed member, keep no password and no phone."""

import sqlalchemy as sa
from alembic import op

from migrations.online import (
    beside_the_running_service,
    build_index,
    drop_index,
    update_in_batches,
)

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LEFT_SIGN_UPS = ("ix_sign_ups_password", "sign_ups")
LEFT_MEMBERS = ("ix_members_removed", "members")


def upgrade() -> None:
    op.alter_column("sign_ups", "password_hash", existing_type=sa.Text(), nullable=True)
    # The default served processes that wrote messages before there was a template.
    op.alter_column("messages", "template", existing_type=sa.Text(), server_default=None)
    with beside_the_running_service():
        build_index(*LEFT_SIGN_UPS, ["created_at"], where="password_hash IS NOT NULL")
        build_index(*LEFT_MEMBERS, ["removed_at"], where="removed_at IS NOT NULL AND phone <> ''")


def downgrade() -> None:
    with beside_the_running_service():
        drop_index(*LEFT_MEMBERS)
        drop_index(*LEFT_SIGN_UPS)
        # A text that is no hash lets nobody in; nobody asks for the password of these any more.
        update_in_batches("sign_ups", "password_hash = ''", where="password_hash IS NULL")
    op.alter_column("sign_ups", "password_hash", existing_type=sa.Text(), nullable=False)

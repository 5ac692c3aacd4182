"""secret keys: a code under way names the key that wrote it, so that keys can be replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("code_challenges", sa.Column("secret_key_id", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("code_challenges", "secret_key_id")

"""audit trail: only a function may delete from it, and only what is old.

The role of the application may add to the trail and read it. Retention deletes through this
function, which runs with the rights of its owner and lets nothing go that is younger than 30 days,
whatever it is asked for.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION delete_old_audit_events(before timestamptz, most integer) RETURNS bigint
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH old AS (
                SELECT organization_id, id FROM audit_events
                WHERE happened_at <= LEAST(before, now() - interval '30 days')
                ORDER BY happened_at
                LIMIT LEAST(most, 50000)
                FOR UPDATE SKIP LOCKED
            ), deleted AS (
                DELETE FROM audit_events
                USING old
                WHERE audit_events.organization_id = old.organization_id
                  AND audit_events.id = old.id
                RETURNING 1
            )
            SELECT count(*) FROM deleted
        $$
    """)
    op.execute("REVOKE ALL ON FUNCTION delete_old_audit_events(timestamptz, integer) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION delete_old_audit_events(timestamptz, integer)")

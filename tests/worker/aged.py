"""Rows of a certain age, in every table whose old rows are deleted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from app.database import Database
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company, create_company

_EACH: Final = "FROM generate_series(1, :rows) n"

INSERTS: Final = {
    "sign_ups": f"""
        INSERT INTO sign_ups (id, organization_id, account_id, phone, locale, created_at)
        SELECT gen_random_uuid(), :organization, :account, '+380671234588', 'uk', :moment
        {_EACH}""",
    "password_resets": f"""
        INSERT INTO password_resets (id, created_at) SELECT gen_random_uuid(), :moment {_EACH}""",
    "invitations": f"""
        INSERT INTO invitations (id, organization_id, phone, full_name, role, locale, invited_by,
                                 created_at)
        SELECT gen_random_uuid(), :organization, '+380671234588', 'Олена', 'viewer', 'uk', :member,
               :moment
        {_EACH}""",
    "phone_changes": f"""
        INSERT INTO phone_changes (id, organization_id, member_id, new_phone, created_at)
        SELECT gen_random_uuid(), :organization, :member, '+380671234588', :moment {_EACH}""",
    "account_link_requests": f"""
        INSERT INTO account_link_requests (id, organization_id, account_organization_id, account_id,
                                           requested_by, created_at)
        SELECT gen_random_uuid(), :organization, :organization, :account, :member, :moment
        {_EACH}""",
    "code_challenges": f"""
        INSERT INTO code_challenges (id, organization_id, purpose, subject_id, phone, attempts,
                                     sends, sent_at, expires_at)
        SELECT gen_random_uuid(), :organization, 'sign_up', gen_random_uuid(), '+380671234588', 0,
               1, :moment, :moment
        {_EACH}""",
    "messages": f"""
        INSERT INTO messages (id, organization_id, template, phone, locale, status, created_at,
                              updated_at, give_up_at, starts, checks)
        SELECT gen_random_uuid(), :organization, 'sign_up', '+380671234588', 'uk', 'delivered',
               :moment, :moment, :moment, 1, 1
        {_EACH}""",
    "sessions": f"""
        INSERT INTO sessions (organization_id, id, member_id, generation, refresh_hash, rotated_at,
                              created_at, last_seen_at, expires_at)
        SELECT :organization, gen_random_uuid(), :member, 0, '', :moment, :moment, :moment, :moment
        {_EACH}""",
    "audit_events": f"""
        INSERT INTO audit_events (organization_id, id, happened_at, action, details)
        SELECT :organization, gen_random_uuid(), :moment, 'session.started', '{{}}' {_EACH}""",
    "idempotency_keys": f"""
        INSERT INTO idempotency_keys (scope, key, fingerprint, claimed_at)
        SELECT 'somebody', gen_random_uuid(), '', :moment {_EACH}""",
    "budgets": f"""
        INSERT INTO budgets (key, spent, forget_at)
        SELECT gen_random_uuid(), '{{}}', :moment {_EACH}""",
    "rate_limits": f"""
        INSERT INTO rate_limits (key, arrival) SELECT gen_random_uuid(), :moment {_EACH}""",
    "reading_change_marks": f"""
        INSERT INTO reading_change_marks (marked_at, below)
        SELECT CAST(:moment AS timestamptz) - (n - 1) * interval '1 microsecond', 0 {_EACH}""",
    "pgqueuer_log": f"""
        INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint)
        SELECT :moment, n, 'successful', 0, 'send_message' {_EACH}""",
}


@dataclass
class Past:
    """A company with a history as long as a test likes."""

    database: Database
    company: Company
    owner: SignedIn

    async def add(self, kind: str, moment: datetime, *, rows: int = 1) -> None:
        names = {
            "organization": self.company.organization.id,
            "account": self.company.account.id,
            "member": self.owner.member.id,
        }
        statement = text(INSERTS[kind])
        used = {name: value for name, value in names.items() if name in statement.compile().params}
        async with self.database.begin() as transaction:
            await transaction.execute(statement, used | {"moment": moment, "rows": rows})

    async def count(self, kind: str) -> int:
        async with self.database.begin() as transaction:
            found = await transaction.scalar(text(f"SELECT count(*) FROM {kind}"))  # noqa: S608 - a name of ours
        return int(found or 0)


async def past_of_a_company(database: Database, access_tokens: AccessTokens) -> Past:
    company = await create_company(database)
    return Past(database, company, await sign_in(database, access_tokens, company))

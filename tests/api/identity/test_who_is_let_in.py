"""Who is let in is one rule, said twice: in Python, and in SQL at the head of statements."""

from datetime import timedelta
from itertools import product

import pytest

from app.clock import kyiv_date
from app.database import Database
from app.models.identity.member import Member
from app.models.identity.session import Session
from app.repositories.callers import CallerRepository
from app.security.access_tokens import AccessTokens
from tests.factories.people import sign_in
from tests.factories.registry import Company
from tests.fakes.clock import NOON

TODAY = kyiv_date(NOON)
LAST_DAYS = (None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))
SESSION_ENDS = (NOON, NOON + timedelta(microseconds=1), NOON + timedelta(days=1))
MOMENTS = (None, NOON)


@pytest.mark.parametrize("role", ["owner", "manager", "viewer"])
async def test_the_statement_lets_in_whom_the_rule_lets_in(
    role: str, database: Database, access_tokens: AccessTokens, company: Company
) -> None:
    who = await sign_in(database, access_tokens, company, role=role)
    owner_id, key = company.organization.id, who.credentials
    verdicts = set()
    async with database.begin() as transaction:
        member = await transaction.get_one(Member, (owner_id, key.member_id))
        started = await transaction.get_one(Session, (owner_id, key.session_id))
        for state in product(MOMENTS, MOMENTS, MOMENTS, LAST_DAYS, MOMENTS, SESSION_ENDS):
            member.removed_at, member.frozen_at, member.cabinet_frozen_at = state[:3]
            member.expires_on, started.ended_at, started.expires_at = state[3:]
            await transaction.flush()

            caller = await CallerRepository(transaction).see(key, now=NOON)

            assert (caller is not None) == started.lets_in(member, NOON), state
            verdicts.add(caller is not None)
    assert verdicts == {True, False}

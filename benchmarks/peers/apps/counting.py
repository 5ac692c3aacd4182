"""What a cabinet holds, counted in one statement, as both peers on SQLAlchemy would write it."""

from uuid import UUID

from sqlalchemy import Select, exists, func, select
from tables import Account, AccountLink, Meter, MeteringPoint, Organization


def organization_with_counts(organization_id: UUID) -> Select[tuple[Organization, int, int, int]]:
    linked = (
        select(func.count())
        .where(AccountLink.organization_id == organization_id, AccountLink.ended_at.is_(None))
        .scalar_subquery()
    )
    available = (
        select(func.count())
        .where(
            Account.organization_id == organization_id,
            ~exists().where(
                AccountLink.organization_id == Account.organization_id,
                AccountLink.account_id == Account.id,
                AccountLink.ended_at.is_(None),
            ),
        )
        .scalar_subquery()
    )
    meters = (
        select(func.count())
        .select_from(Meter)
        .join(
            MeteringPoint,
            (MeteringPoint.organization_id == Meter.organization_id)
            & (MeteringPoint.id == Meter.metering_point_id),
        )
        .join(
            AccountLink,
            (AccountLink.organization_id == MeteringPoint.organization_id)
            & (AccountLink.account_id == MeteringPoint.account_id),
        )
        .where(
            Meter.organization_id == organization_id,
            Meter.removed_on.is_(None),
            MeteringPoint.valid_to.is_(None),
            AccountLink.ended_at.is_(None),
        )
        .scalar_subquery()
    )
    return select(Organization, linked, available, meters).where(Organization.id == organization_id)

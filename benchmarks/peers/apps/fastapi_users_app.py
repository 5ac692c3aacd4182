"""A peer: fastapi-users with its SQLAlchemy adapter and JWT strategy, as its guide builds it."""

import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import uvicorn
from counting import organization_with_counts
from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import SQLAlchemyUserDatabase
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Mapped, mapped_column
from tables import POOL_SIZE, PORT, SECRET, URL, Base

engine = create_async_engine(URL, pool_size=POOL_SIZE, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class User(Base):
    __tablename__ = "members"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[uuid.UUID]
    email: Mapped[str] = mapped_column("phone")
    hashed_password: Mapped[str] = mapped_column("password_hash")
    full_name: Mapped[str | None]
    role: Mapped[str]
    locale: Mapped[str]
    removed_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    is_superuser = False
    is_verified = True

    @property
    def is_active(self) -> bool:
        return self.removed_at is None and self.frozen_at is None


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


async def get_user_db(session: Session) -> AsyncIterator[Any]:
    yield SQLAlchemyUserDatabase(session, User)


async def get_user_manager(users: Annotated[Any, Depends(get_user_db)]) -> AsyncIterator[Any]:
    yield UserManager(users)


def get_strategy() -> JWTStrategy[User, uuid.UUID]:
    return JWTStrategy(secret=SECRET, lifetime_seconds=None)


backend = AuthenticationBackend(
    name="jwt", transport=BearerTransport(tokenUrl="auth/login"), get_strategy=get_strategy
)
users = FastAPIUsers[User, uuid.UUID](get_user_manager, [backend])
CurrentUser = Annotated[User, Depends(users.current_user(active=True))]
app = FastAPI()


class MemberOut(BaseModel):
    id: uuid.UUID
    full_name: str | None
    phone_masked: str
    role: str
    locale: str


class OrganizationOut(BaseModel):
    tax_id: str
    name: str


class CountsOut(BaseModel):
    linked_accounts: int
    available_accounts: int
    meters: int


class MeOut(BaseModel):
    member: MemberOut
    organization: OrganizationOut
    ownership: str
    counts: CountsOut


@app.get("/v1/me")
async def get_me(user: CurrentUser, session: Session) -> MeOut:
    found = await session.execute(organization_with_counts(user.organization_id))
    organization, linked, available, meters = found.one()
    phone = user.email
    return MeOut(
        member=MemberOut(
            id=user.id,
            full_name=user.full_name,
            phone_masked=f"{phone[:4]} {phone[4:6]} *** ** {phone[-2:]}",
            role=user.role,
            locale=user.locale,
        ),
        organization=OrganizationOut(tax_id=organization.tax_id, name=organization.name),
        ownership="proven" if organization.ownership_proven_at else "pending",
        counts=CountsOut(linked_accounts=linked, available_accounts=available, meters=meters),
    )


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=PORT,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )

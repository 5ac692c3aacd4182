from dataclasses import dataclass

from app.access import Credentials, SessionEnded
from app.clock import Clock
from app.database import Database
from app.repositories.members import MemberView, Profile

__all__ = ["Me", "MemberService", "SessionEnded"]


@dataclass(frozen=True, slots=True)
class Me:
    profile: Profile
    is_proven: bool


class MemberService:
    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def me(self, credentials: Credentials) -> Me:
        """Return who is signed in, for which organization, and whether it is proven theirs.

        The one company route that answers before ownership is proven: it names the ways out.

        :raises SessionEnded: the session has been ended.
        """
        async with self._database.connect() as connection:
            caller, profile = await MemberView(connection).profile(
                credentials, now=self._clock.now()
            )
        if caller is None or profile is None:
            raise SessionEnded
        return Me(profile, caller.owns)

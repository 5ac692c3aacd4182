from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.access import Credentials
from app.models.metering.chart_link import (
    CHART_LINK_LIFE,
    ChartLink,
    ChartLinkInvalid,
    MadeChartLink,
    Theme,
)
from app.models.metering.register import Energy
from app.models.period import Period
from app.security.sealed_links import SealedLinks
from app.security.secrets import TokenUnreadable
from app.services.context import Context

PURPOSE: Final = "consumption chart"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLinkService:
    """Addresses of pictures that an `<img>` can show, which sends no token of its own.

    Nothing is stored. Who opens one sees what the sign-in that made it sees at that moment: it
    ends with the session, with the membership and with the link to the account.
    """

    context: Context

    def make(self, link: ChartLink) -> MadeChartLink:
        """Return the token of a picture's address, and when it ends."""
        expires_at = self.context.clock.now() + CHART_LINK_LIFE
        who = link.credentials
        token = self._links().write(
            *map(str, (who.organization_id, who.session_id, who.member_id, link.account_id)),
            *map(str, (link.first, link.last)),
            link.energy.value,
            link.theme.value,
            link.language,
            until=expires_at,
        )
        return MadeChartLink(token, expires_at)

    def read(self, token: str) -> ChartLink:
        """Return what a token stands for.

        :raises ChartLinkInvalid: it is none of ours, or its minutes are over.
        """
        try:
            words = self._links().read(token, now=self.context.clock.now())
        except TokenUnreadable:
            raise ChartLinkInvalid from None
        organization, session, member, account, first, last, energy, theme, language = words
        return ChartLink(
            credentials=Credentials(UUID(organization), UUID(session), UUID(member)),
            account_id=UUID(account),
            first=Period.parse(first),
            last=Period.parse(last),
            energy=Energy(energy),
            theme=Theme(theme),
            language=language,
        )

    def _links(self) -> SealedLinks:
        return SealedLinks(self.context.secret_key, PURPOSE)

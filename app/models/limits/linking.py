"""What one company's wish to see another's account uses up (security.md section 4).

None of it is what the other company's owner needs to sign in or to recover: the consenting phone
has a share of its own for such codes, and wrong codes count for who asks and for the account.
"""

from dataclasses import dataclass
from uuid import UUID

from app.models.limits.kinds import DAY, Budget, LimitUse
from app.models.limits.sending import SendingLimits


@dataclass(frozen=True, kw_only=True)
class LinkingLimits(SendingLimits):
    link_sends_to_phone: Budget = Budget("link-sends-phone-day", 2, DAY)
    link_sends_by_company: Budget = Budget("link-sends-day", 5, DAY)
    # Refusals that both trails hold: somebody who goes on asking fills nobody's trail.
    refusals_recorded: Budget = Budget("link-refusals-day", 10, DAY, is_told=False)

    def sending_link(
        self, *, phone: str, organization_id: UUID, address: str | None
    ) -> list[LimitUse]:
        """Return what a code for a consenting phone uses up; `organization_id` is who asks.

        It uses the money that everybody may use, and none of the reserve for members.
        """
        return [
            LimitUse(self.link_sends_to_phone, phone),
            LimitUse(self.link_sends_by_company, str(organization_id)),
            LimitUse(self.segments),
            LimitUse(self.segments_to_new_phones),
            *self._asking_from(address),
        ]

    def recording_refusal(self, *, organization_id: UUID, other: UUID) -> list[LimitUse]:
        """Return what it uses up to hold a refusal in the trails of two companies."""
        return [LimitUse(self.refusals_recorded, f"{organization_id} {other}")]

"""Claiming a company that has a phone on file, and proving that it is one's own."""

from app.models.period import Period
from app.security.secrets import SecretKey
from app.services.identity.ownership import activation_codes
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.steps.identity.stories import Story

ON_FILE = "+380671234588"


ACCEPTED = 202


class Proving:
    def __init__(self, story: Story, secret_key: SecretKey, company: Company) -> None:
        self._story = story
        numbers = [company.account.account_number]
        [(_, self.code)] = activation_codes(secret_key, numbers, Period.parse("2026-11"))

    async def prove(self, who: SignedIn, code: str | None = None) -> tuple[int, str | None]:
        """Type the bill's code; return the status, and when the proof takes effect."""
        answer = await self._story.client.post(
            "/v1/me/ownership-proofs",
            json={"activation_code": code or self.code},
            headers=who.headers,
        )
        told = answer.json() if answer.status_code == ACCEPTED else {}
        return answer.status_code, told.get("effective_at")


async def status_of(story: Story, who: SignedIn) -> tuple[int, str | None]:
    answer = await story.client.get("/v1/accounts", headers=who.headers)
    return answer.status_code, answer.json().get("code")

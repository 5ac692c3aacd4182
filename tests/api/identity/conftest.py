import pytest
from httpx import AsyncClient

from app.database import Database
from app.models.limits import Limits
from app.security.access_tokens import AccessTokens
from app.security.secrets import SecretKey
from app.services.identity.claim_lapses import ClaimLapseService
from app.services.identity.ownership_approvals import OwnershipApprovalService
from tests.api.identity.claiming import Proving
from tests.factories.people import SignedIn, sign_in
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.identity.phone_changing import codes_of, start
from tests.steps.identity.stories import Story


@pytest.fixture
async def claimant(database: Database, access_tokens: AccessTokens, company: Company) -> SignedIn:
    """Somebody with a bill and a phone that is not on file."""
    return await sign_in(database, access_tokens, company, is_proven=False)


@pytest.fixture
def approvals(database: Database, clock: FrozenClock) -> OwnershipApprovalService:
    return OwnershipApprovalService(database=database, clock=clock, limits=Limits())


@pytest.fixture
def lapses(database: Database, clock: FrozenClock) -> ClaimLapseService:
    return ClaimLapseService(database=database, clock=clock)


@pytest.fixture
def proving(story: Story, secret_key: SecretKey, company: Company) -> Proving:
    return Proving(story, secret_key, company)


@pytest.fixture
async def change_id(client: AsyncClient, owner: SignedIn) -> str:
    """The owner's change of phone, whose codes are on their way."""
    change_id: str = (await start(client, owner)).json()["id"]
    return change_id


@pytest.fixture
async def codes(database: Database, secret_key: SecretKey, change_id: str) -> tuple[str, str]:
    """The codes of the change: the old phone's, the new one's."""
    return await codes_of(database, secret_key, change_id)

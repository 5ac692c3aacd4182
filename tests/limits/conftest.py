import httpx
import pytest

from app.database import Database
from app.models.limits import Limits
from app.services.messages.delivery import MessageService
from tests.factories.registry import Company, create_company
from tests.fakes.sms_gateway import FakeSmsGateway
from tests.steps.identity.stories import Story


@pytest.fixture
def limits() -> Limits:
    """The product's."""
    return Limits()


@pytest.fixture
def story(
    client: httpx.AsyncClient,
    database: Database,
    messages: MessageService,
    gateway: FakeSmsGateway,
) -> Story:
    return Story(client, database, messages, gateway)


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)

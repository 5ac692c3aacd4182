import pytest

from app.database import Database
from app.models.limits import Limits
from tests.factories.registry import Company, create_company


@pytest.fixture
def limits() -> Limits:
    """The product's."""
    return Limits()


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)

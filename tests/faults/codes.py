from sqlalchemy import select

from app.database import Database
from app.models import CodeChallenge
from app.security.secrets import SecretKey


async def code_of(database: Database, secret_key: SecretKey, sign_up_id: str) -> str:
    """Return the code of a sign-up, as the worker derives it when it writes the SMS."""
    async with database.begin() as session:
        challenge = (
            await session.scalars(
                select(CodeChallenge).where(CodeChallenge.subject_id == sign_up_id)
            )
        ).one()
    return secret_key.code(
        challenge_id=challenge.id,
        purpose=challenge.purpose,
        phone=challenge.phone,
        length=challenge.length,
    )

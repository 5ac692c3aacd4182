from sqlalchemy import select

from app.database import Database
from app.models.messages.code_challenge import CodeChallenge, Purpose
from app.security.secrets import SecretKey


async def code_of(
    database: Database,
    secret_key: SecretKey,
    subject_id: str,
    purpose: Purpose = Purpose.SIGN_UP,
) -> str:
    """Return the code about something, as the worker derives it when it writes the SMS."""
    async with database.begin() as transaction:
        challenge = (
            await transaction.scalars(
                select(CodeChallenge).where(
                    CodeChallenge.subject_id == subject_id, CodeChallenge.purpose == purpose
                )
            )
        ).one()
    return secret_key.code(
        challenge_id=challenge.id,
        purpose=challenge.purpose,
        phone=challenge.phone,
        length=challenge.length,
    )

from fastapi import APIRouter

from app.routers.deps import Language
from app.schemas.identity.password_policy import PasswordPolicyOut

router = APIRouter(tags=["sign-up"])


@router.get("/password-policy")
async def get_password_policy(language: Language) -> PasswordPolicyOut:
    """Tell the rules for passwords, so that a form can show them while somebody types."""
    return PasswordPolicyOut.current(language)

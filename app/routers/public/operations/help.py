"""The operator's answers to frequent questions."""

from typing import Final

from fastapi import APIRouter

from app.routers.deps import ContactPhones, Language
from app.schemas.base import Page
from app.schemas.operations.help import ContactOut, HelpTopicOut
from app.texts import say

router = APIRouter(prefix="/help", tags=["help"])

TOPICS: Final = (
    "how_to_register",
    "register_again",
    "where_is_account_number",
    "code_not_received",
    "pair_already_registered",
    "one_phone",
    "password_rules",
    "how_to_sign_in",
    "forgot_password",
    "change_password",
    "confirm_company",
    "all_accounts",
    "submit_readings",
    "reading_window",
)
"""In the order in which a newcomer asks."""


@router.get("/contacts")
async def list_contacts(phones: ContactPhones, language: Language) -> Page[ContactOut]:
    """List the ways to reach a person."""
    contacts = [
        ContactOut(
            code="phone",
            title=say("help.contact.title", language),
            text=say("help.contact.text", language, phone=phone),
            phone=phone,
        )
        for phone in phones
    ]
    return Page(items=contacts, next_cursor=None)


@router.get("/topics")
async def list_help_topics(phones: ContactPhones, language: Language) -> Page[HelpTopicOut]:
    """List what is asked most often, with answers to show as they are."""
    topics = [
        HelpTopicOut(
            code=code,
            title=say(f"help.{code}.title", language),
            text=say(f"help.{code}.text", language, contacts=phones),
        )
        for code in TOPICS
    ]
    return Page(items=topics, next_cursor=None)

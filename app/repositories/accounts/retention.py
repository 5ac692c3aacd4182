"""How long requests for another company's account are kept."""

from typing import Final

from app.models.accounts.account_link_request import AccountLinkRequest
from app.repositories.retention import deletion, requests_kept

RULES: Final = (
    # Those nobody consented to; a consent is kept, as the link is.
    deletion(
        AccountLinkRequest,
        "created_at",
        AccountLinkRequest.confirmed_at.is_(None),
        kept=requests_kept,
    ),
)

"""A well-formed body for every route of a member that takes one, so that rights are judged.

A subject may bring its own: `BODIES` in `tests/architecture/<subject>/routes.py`.
"""

from typing import Any, Final
from uuid import uuid4

import tests.architecture
from app.discovery import modules_in

BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST /v1/account-links": {"account_number": "1000000748"},
    "POST /v1/account-links/{link_id}/confirmations": {"code": "123456"},
    "PATCH /v1/members/{member_id}": {"role": "viewer"},
    "POST /v1/invitations": {
        "phone": "+380671234588",
        "full_name": "Олена Кравець",
        "role": "viewer",
    },
    "PATCH /v1/me": {},
    "PUT /v1/me/password": {"current_password": "Wrong-123!", "new_password": "Another-1-Horse"},
    "POST /v1/me/ownership-proofs": {"activation_code": "0000 0000 0000"},
    "POST /v1/me/phone-changes": {
        "new_phone": "+380671234599",
        "current_password": "Wrong-123!",
    },
    "POST /v1/me/phone-changes/{change_id}/confirmations": {
        "old_phone_code": "12345678",
        "new_phone_code": "12345678",
    },
    "POST /v1/accounts/{account_id}/readings": {
        "readings": [{"register_id": str(uuid4()), "value": "1"}]
    },
}

FORMS: Final[dict[str, dict[str, Any]]] = {}
"""What a route takes as a form with a file: `files` and `data`; a subject brings `FORMS` too."""

for _module in modules_in(tests.architecture, named="routes"):
    BODIES.update(_module.BODIES)
    FORMS.update(getattr(_module, "FORMS", {}))


def content_of(route: str) -> dict[str, Any]:
    """Return what a request to a route carries, as httpx takes it."""
    return FORMS.get(route) or {"json": BODIES.get(route)}

"""A well-formed body for every route of a company that takes one, so that rights are judged."""

from typing import Any, Final
from uuid import uuid4

BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST /v1/account-links": {"account_number": "1000000748"},
    "POST /v1/account-links/{link_id}/confirmations": {"code": "123456"},
    "PATCH /v1/members/{member_id}": {"role": "viewer"},
    "POST /v1/invitations": {
        "phone": "+380671234588",
        "full_name": "Олена Кравець",
        "role": "viewer",
    },
    "POST /v1/me/phone-changes": {
        "new_phone": "+380671234588",
        "current_password": "Qwer123!",
    },
    "POST /v1/me/phone-changes/{change_id}/confirmations": {
        "old_phone_code": "12345678",
        "new_phone_code": "12345678",
    },
    "POST /v1/accounts/{account_id}/readings": {
        "readings": [{"register_id": str(uuid4()), "value": "1"}]
    },
}

"""The parts of the OpenAPI document that are written by hand, once."""

from typing import Any, Final

from app.access import SessionEnded
from app.errors import Busy, DatabaseUnavailable, NotFound
from app.models.limits.requests import TooManyRequestsOfMember
from app.security.access_tokens import TokenRejected

SUMMARY: Final = "Accounts, meters, readings and consumption of a distribution operator's customers"

DESCRIPTION: Final = """\
The cabinet of an electricity distribution operator's business customers.

**Start**: `POST /v1/sign-ups` with a phone, an account number, a tax id and a password; confirm
the code from the SMS; use the `access_token` as a bearer token.

**Refusals** are problems (RFC 9457): branch on `code`, show `title` and `detail`. Each code has
a page at `/problems/<code>`. New codes may be added.

**Texts** come in Ukrainian (the default), English or Russian, as `Accept-Language` asks.

**Numbers** of energy and registers are decimal strings: they keep every digit. **Moments** are
RFC 3339 in UTC; days, months and the reading window follow the clock in Kyiv.

**Answers** carry every field they declare; what is absent is `null`. New fields and new values
of enumerations may be added; unknown fields in requests are refused.
"""

TAGS: Final = (
    {"name": "sign-up", "description": "Open an organization's cabinet with a code by SMS."},
    {"name": "sessions", "description": "Sign in, stay signed in, sign out."},
    {"name": "members", "description": "Who is signed in, and for which organization."},
    {"name": "accounts", "description": "The organization's accounts, points and meters."},
    {"name": "readings", "description": "What registers showed: hand in, look up."},
    {"name": "consumption", "description": "What was used, month by month."},
    {"name": "settlements", "description": "What each month is billed for."},
    {"name": "bills", "description": "Invoices, balances and statements."},
    {"name": "help", "description": "Contacts and answers to frequent questions."},
    {"name": "health", "description": "For balancers and monitors."},
    {"name": "orders", "description": "Services to order, and what becomes of an order"},
    {"name": "calendar", "description": "A member's dates, for calendar programs"},
    {"name": "payments", "description": "Bills paid by card, and what became of it"},
)

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
DEVICE_TOKEN: Final = "X-Device-Token"  # noqa: S105 - a header's name
COMMON_HEADERS: Final = ["Accept-Language", "X-Request-ID"]

PARAMETERS: Final[dict[str, Any]] = {
    "Accept-Language": {
        "name": "Accept-Language",
        "in": "header",
        "description": "The language of texts for people: `uk` (default), `en`, `ru`",
        "schema": {"type": "string", "examples": ["uk"]},
    },
    "X-Request-ID": {
        "name": "X-Request-ID",
        "in": "header",
        "description": "Your own name for this request: 1 to 64 letters, digits, dots, underscores "
        "or hyphens; another is replaced",
        "schema": {
            "type": "string",
            "examples": ["7c9e6679f7424d93a3d2f5b0c1e4a8b6"],
        },
    },
    DEVICE_TOKEN: {
        "name": DEVICE_TOKEN,
        "in": "header",
        "description": "The `device_token` that a sign-in gave to this device, if any: it keeps a "
        "budget of its own for the device, and opens nothing. One that is not known is not refused",
        "schema": {
            "type": "string",
            "examples": ["q83vEjRWeJCrze8SNFZ4kJq6dxYyMTQ1Njc4OTAxMjM"],
        },
    },
    IDEMPOTENCY_KEY: {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "description": "Makes a repetition safe: the same key with the same request gives the "
        "first answer again for 24 hours, with `Idempotency-Replayed: true`",
        "schema": {
            "type": "string",
            "pattern": "^[\\x21-\\x7e]{1,255}$",
            "examples": ["0b0f4a0e-2f43-4a58-9d0a-5c4b1f0d8f11"],
        },
    },
}

HEADERS: Final[dict[str, Any]] = {
    "X-Request-ID": {
        "description": "Names this request in our log; tell it to the contact centre",
        "schema": {"type": "string"},
    },
    "Content-Language": {
        "description": "The language of the texts in the answer",
        "schema": {"type": "string", "enum": ["uk", "en", "ru"]},
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "RateLimit": {
        "description": "How the caller stands with the limits that are theirs: what is left (`r`) "
        "and when there is more, in seconds (`t`)",
        "schema": {"type": "string", "examples": ['"sends-phone-day";r=0;t=86100']},
    },
    "RateLimit-Policy": {
        "description": "Those limits: how many (`q`) in how many seconds (`w`)",
        "schema": {"type": "string", "examples": ['"sends-phone-day";q=5;w=86400']},
    },
}

SESSION_CODES: Final = (TokenRejected.code, SessionEnded.code, TooManyRequestsOfMember.code)

CODES_OF_EVERY_ANSWER: Final = (
    NotFound.code,
    "method_not_allowed",
    "headers_too_large",
    Busy.code,
    DatabaseUnavailable.code,
    "internal_error",
)
CODES_OF_BODIES: Final = (
    "malformed_json",
    "body_too_large",
    "request_timeout",
    "unsupported_content_encoding",
    "unsupported_media_type",
    "validation_failed",
    Busy.code,
)

IDENTIFIER_FIELDS: Final = {
    "contact": "phone_invalid",
    "phone": "phone_invalid",
    "new_phone": "phone_invalid",
    "tax_id": "tax_id_invalid",
    "account_number": "account_number_invalid",
}
"""Fields whose own code becomes the problem's; a contact has a phone in it."""

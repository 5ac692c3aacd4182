"""How long sign-ups, sessions and what members asked for are kept."""

from typing import Final

from sqlalchemy import literal_column

from app.models.identity.invitation import Invitation
from app.models.identity.member import Member
from app.models.identity.password_reset import PasswordReset
from app.models.identity.phone_change import PhoneChange
from app.models.identity.session import KNOWN_FOR, Session
from app.models.identity.sign_up import WAITS_FOR, SignUp
from app.models.messages.code_challenge import LIFETIME
from app.repositories.retention import BEFORE, always, deletion, erasure, requests_kept

RULES: Final = (
    deletion(SignUp, "created_at", kept=requests_kept),
    deletion(PasswordReset, "created_at", kept=requests_kept),
    deletion(Invitation, "created_at", kept=requests_kept),
    deletion(PhoneChange, "created_at", kept=requests_kept),
    # Ended or not: on a device that its member knows, A4 promises a budget of its own. Found by
    # `created_at`, which never changes: an index on `last_seen_at` would cost every refresh. No
    # session is alive so long after it was last seen.
    deletion(Session, "created_at", Session.last_seen_at <= BEFORE, kept=always(KNOWN_FOR)),
    # Of a sign-up that has ended without being confirmed; a confirmed one has none. The term is
    # the last moment at which a code that was sent in time can still confirm it.
    erasure(
        SignUp,
        "created_at",
        SignUp.password_hash.is_not(None),
        kept=always(WAITS_FOR + LIFETIME),
        named_after="password_hash",
        password_hash=None,
    ),
    # The phone and the password; the name stays, because the audit trail shows it.
    erasure(
        Member,
        "removed_at",
        Member.removed_at.is_not(None),
        # Spelled out, for a partial index serves only those who ask for its very condition.
        Member.phone != literal_column("''"),
        kept=requests_kept,
        named_after="phone",
        phone="",
        # No password opens an empty hash.
        password_hash="",
    ),
)

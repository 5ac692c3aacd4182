"""Who may call what: one line for each route. A route without a line fails the build.

- roles: Owner, Manager, meTering, Accountant, Viewer; `public` needs no sign-in.
- pending: also before anybody has proven that the company is theirs.
- limited: also a member who is limited to some accounts.
- hold: also for a day after a password reset by SMS (`hold_after_reset`).
- freeze: also while the owner has frozen the cabinet; only the owner is let in then.

A subject may bring lines of its own: `RIGHTS` in `tests/architecture/<subject>/routes.py`.
"""

import re
from dataclasses import dataclass
from typing import Final

import tests.architecture
from app.discovery import modules_in

TABLE: Final = """
route                                                        roles   pending limited hold freeze
GET    /.well-known/jwks.json                                public
GET    /health/live                                          public
GET    /health/ready                                         public
GET    /v1/help/contacts                                     public
GET    /v1/help/topics                                       public
GET    /v1/password-policy                                   public
POST   /v1/invitations/{invitation_id}/acceptances           public
POST   /v1/invitations/{invitation_id}/codes                 public
POST   /v1/password-resets                                   public
POST   /v1/password-resets/{reset_id}/codes                  public
POST   /v1/password-resets/{reset_id}/confirmations          public
POST   /v1/sessions                                          public
POST   /v1/sessions/refresh                                  public
POST   /v1/sign-ups                                          public
GET    /v1/sign-ups/{sign_up_id}                             public
POST   /v1/sign-ups/{sign_up_id}/codes                       public
POST   /v1/sign-ups/{sign_up_id}/confirmations               public

GET    /v1/me                                                OMTAV   yes     yes     yes  yes
PATCH  /v1/me                                                OMTAV   yes     yes     yes  yes
PUT    /v1/me/password                                       OMTAV   yes     yes     yes  yes
POST   /v1/me/ownership-proofs                               OMTAV   yes     yes     yes  yes
POST   /v1/me/phone-changes                                  OMTAV   no      yes     no   no
POST   /v1/me/phone-changes/{change_id}/codes                OMTAV   no      yes     no   no
POST   /v1/me/phone-changes/{change_id}/confirmations        OMTAV   no      yes     no   no
GET    /v1/sessions                                          OMTAV   yes     yes     yes  yes
DELETE /v1/sessions                                          OMTAV   yes     yes     yes  yes
DELETE /v1/sessions/current                                  OMTAV   yes     yes     yes  yes
DELETE /v1/sessions/{session_id}                             OMTAV   yes     yes     yes  yes

GET    /v1/members                                           O----   no      no      yes  yes
PATCH  /v1/members/{member_id}                               O----   no      no      no   no
DELETE /v1/members/{member_id}                               O----   no      no      no   no
GET    /v1/invitations                                       O----   no      no      yes  yes
POST   /v1/invitations                                       O----   no      no      no   no
DELETE /v1/invitations/{invitation_id}                       O----   no      no      yes  yes
PUT    /v1/cabinet-freeze                                    O----   no      no      yes  yes
DELETE /v1/cabinet-freeze                                    O----   no      no      no   yes
GET    /v1/audit-events                                      O----   no      no      yes  yes

GET    /v1/account-links                                     OMTAV   no      yes     yes  yes
POST   /v1/account-links                                     OM---   no      no      yes  no
POST   /v1/account-links/{link_id}/codes                     OM---   no      no      yes  no
POST   /v1/account-links/{link_id}/confirmations             OM---   no      no      yes  no
DELETE /v1/account-links/{link_id}                           OM---   no      no      no   no

GET    /v1/blocked-companies                                 O----   no      no      yes  yes
PUT    /v1/blocked-companies/{tax_id}                        O----   no      no      yes  yes
DELETE /v1/blocked-companies/{tax_id}                        O----   no      no      no   no

GET    /v1/accounts                                          OMTAV   no      yes     yes  yes
GET    /v1/accounts/{account_id}                             OMTAV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/consumption                 OMTAV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/consumption/chart.svg       OMTAV   no      yes     yes  yes
GET    /v1/consumption                                       OMTAV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/reading-form                OMTAV   no      yes     yes  yes
GET    /v1/accounts/{account_id}/readings                    OMTAV   no      yes     yes  yes
POST   /v1/accounts/{account_id}/readings                    OMT--   no      yes     yes  yes
GET    /v1/accounts/{account_id}/settlements                 OMTAV   no      yes     yes  yes
GET    /v1/readings/{reading_id}                             OMTAV   no      yes     yes  yes
GET    /v1/reading-receipts/{receipt_id}                     OMTAV   no      yes     yes  yes
"""

ROLES: Final = {
    "O": "owner",
    "M": "manager",
    "T": "metering",
    "A": "accountant",
    "V": "viewer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Who may call one route."""

    roles: frozenset[str]
    also_pending: bool
    also_limited: bool
    also_on_hold: bool
    also_frozen: bool


def _lines() -> list[str]:
    own = [module.RIGHTS for module in modules_in(tests.architecture, named="routes")]
    return [line for text in (TABLE, *own) for line in text.strip().splitlines()[1:]]


def _read() -> tuple[set[str], dict[str, Rights]]:
    public: set[str] = set()
    members: dict[str, Rights] = {}
    for line in _lines():
        if not line:
            continue
        method, path, roles, *also = line.split()
        name = f"{method} {path}"
        assert name not in public | set(members), f"{name} has two lines"
        if roles == "public":
            public.add(name)
            continue
        pending, limited, hold, freeze = ({"yes": True, "no": False}[each] for each in also)
        members[name] = Rights(
            roles=frozenset(ROLES[each] for each in roles if each != "-"),
            also_pending=pending,
            also_limited=limited,
            also_on_hold=hold,
            also_frozen=freeze,
        )
    return public, members


PUBLIC, MEMBERS = _read()
MEMBERS_OWN: Final = {name for name, rights in MEMBERS.items() if rights.also_pending}
"""Any member, also before ownership is proven: it is about themselves."""
COMPANY: Final = {
    name: (re.findall(r"\{(?!tax_id)(\w+)_id\}", name) or [None])[0]
    for name, rights in MEMBERS.items()
    if not rights.also_pending
}
"""Members of a company that is proven to be theirs, with what the path names: a stranger gets
404, or a list without it. A tax id in a path is nobody's thing."""

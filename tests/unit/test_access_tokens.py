"""Access tokens: believed when they are ours, for whom they are, and in time."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.access import Credentials
from app.models.base import new_id
from app.security.access_tokens import AccessTokens, KeysUnreadable, TokenRejected
from tests.conftest import ISSUER
from tests.factories.keys import new_signing_key
from tests.fakes.clock import NOON

OLD, NEW = new_signing_key(), new_signing_key()
WHO = Credentials(organization_id=new_id(), session_id=new_id(), member_id=new_id())


def tokens(keys: str = OLD, issuer: str = ISSUER) -> AccessTokens:
    return AccessTokens(keys_pem=keys, issuer=issuer)


def forged(*, key: str = OLD, header: dict[str, Any], **claims: Any) -> str:
    """Return a genuine token with other claims and another header, signed anew."""
    genuine = tokens().issue(WHO, now=NOON)
    told = jwt.decode(genuine, options={"verify_signature": False}) | claims
    kept = {name: value for name, value in told.items() if value is not None}
    private = load_pem_private_key(key.encode(), None)
    return jwt.encode(
        kept,
        private,  # type: ignore[arg-type] # of all kinds of keys, ours is Ed25519
        algorithm="EdDSA",
        headers=jwt.get_unverified_header(genuine) | header,
    )


def test_a_token_says_who_it_was_issued_to() -> None:
    ours = tokens()
    token = ours.issue(WHO, now=NOON)

    assert ours.verify(token, now=NOON) == WHO
    assert ours.verify(token, now=NOON + timedelta(minutes=9, seconds=59)) == WHO


def test_a_token_ends_also_when_it_is_remembered() -> None:
    ours = tokens()
    token = ours.issue(WHO, now=NOON)
    ours.verify(token, now=NOON)

    for _ in range(2):
        with pytest.raises(TokenRejected):
            ours.verify(token, now=NOON + timedelta(minutes=10))


def test_after_a_change_of_keys_the_old_tokens_hold() -> None:
    token = tokens(OLD).issue(WHO, now=NOON)

    assert tokens(f"{NEW}{OLD}").verify(token, now=NOON) == WHO
    with pytest.raises(TokenRejected):
        tokens(NEW).verify(token, now=NOON)


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "JWT"}, {}),
        ({"kid": "nobodys"}, {}),
        ({}, {"iss": "http://elsewhere"}),
        ({}, {"aud": "another"}),
        ({}, {"sid": None}),
        ({}, {"org": "no id"}),
        ({}, {"sub": "no id"}),
        ({}, {"exp": None}),
        ({}, {"exp": "tomorrow"}),
    ],
)
def test_a_token_that_says_something_else_is_rejected(
    header: dict[str, Any], claims: dict[str, Any]
) -> None:
    assert tokens().verify(forged(header={}), now=NOON) == WHO

    with pytest.raises(TokenRejected):
        tokens().verify(forged(header=header, **claims), now=NOON)


def test_a_token_signed_by_somebody_else_is_rejected() -> None:
    with pytest.raises(TokenRejected):
        tokens().verify(forged(key=NEW, header={}), now=NOON)


@pytest.mark.parametrize("text", ["", "a.b.c", "W10.W10.W10", "\ud800", "é.é.é", "." * 1000])
def test_what_is_no_token_is_rejected(text: str) -> None:
    with pytest.raises(TokenRejected):
        tokens().verify(text, now=NOON)


def other_kind_of_key() -> str:
    private = generate_private_key(SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("keys", ["", " \n", "secret", "-----BEGIN", other_kind_of_key()])
def test_keys_that_cannot_sign_stop_the_start(keys: str) -> None:
    with pytest.raises(KeysUnreadable):
        tokens(keys)


def test_keys_may_come_on_one_line() -> None:
    token = tokens(OLD).issue(WHO, now=NOON)

    assert tokens(OLD.replace("\n", "\\n")).verify(token, now=NOON) == WHO

"""Whatever is wrong with an access token, it opens nothing (security.md A5)."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from httpx import AsyncClient

from app.security.access_tokens import AccessTokens
from tests.conftest import ISSUER
from tests.factories.keys import new_signing_key
from tests.factories.people import SignedIn
from tests.fakes.clock import NOON

PEM: Final = new_signing_key()
EXPIRED = int((NOON - timedelta(seconds=1)).timestamp())
HUGE = "x" * 500_000

Json = dict[str, Any]
Sign = Callable[[bytes], bytes]


def our_key() -> Ed25519PrivateKey:
    key = load_pem_private_key(PEM.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def by_hmac(secret: bytes) -> Sign:
    return lambda message: hmac.digest(secret, message, "sha256")


def with_public_key(encoding: Encoding, form: PublicFormat) -> Sign:
    return by_hmac(our_key().public_key().public_bytes(encoding, form))


def nothing(_: bytes) -> bytes:
    return b""


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(part: str) -> Json:
    found: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def forge(
    genuine: str,
    *,
    header: Json | None = None,
    claims: Json | None = None,
    sign: Sign | None = None,
) -> str:
    """Return a genuine token with some of it changed; what becomes None is left out."""
    parts = [read(part) for part in genuine.split(".")[:2]]
    changed = [part | (change or {}) for part, change in zip(parts, (header, claims), strict=True)]
    bodies = [
        {name: value for name, value in part.items() if value is not None} for part in changed
    ]
    message = ".".join(written(json.dumps(body).encode()) for body in bodies)
    return f"{message}.{written((sign or our_key().sign)(message.encode()))}"


SIGNED_BY_OTHERS: Final[dict[str, dict[str, Any]]] = {
    "another key": {"sign": Ed25519PrivateKey.generate().sign},
    "another key, foreign kid": {
        "sign": Ed25519PrivateKey.generate().sign,
        "header": {"kid": "0" * 16},
    },
    "HS256, public key as PEM": {
        "header": {"alg": "HS256"},
        "sign": with_public_key(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    },
    "HS256, public key as DER": {
        "header": {"alg": "HS256"},
        "sign": with_public_key(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    },
    "HS256, public key as bytes": {
        "header": {"alg": "HS256"},
        "sign": with_public_key(Encoding.Raw, PublicFormat.Raw),
    },
    "HS256, no key": {"header": {"alg": "HS256"}, "sign": by_hmac(b"")},
    "none": {"header": {"alg": "none"}, "sign": nothing},
    "None": {"header": {"alg": "None"}, "sign": nothing},
    "none, but signed": {"header": {"alg": "none"}},
    "EdDSA, no signature": {"sign": nothing},
    "RS256": {"header": {"alg": "RS256"}},
    "no algorithm": {"header": {"alg": None}},
}

SIGNED_BY_US: Final[dict[str, dict[str, Any]]] = {
    "foreign kid": {"header": {"kid": "0" * 16}},
    "no kid": {"header": {"kid": None}},
    "kid is a path": {"header": {"kid": "../../dev/null"}},
    "kid is a list": {"header": {"kid": ["a"]}},
    "not an access token": {"header": {"typ": "JWT"}},
    "no type": {"header": {"typ": None}},
    "crit": {"header": {"crit": ["exp"]}},
    "crit of something unknown": {"header": {"crit": ["urn:x"], "urn:x": True}},
    "encoded otherwise": {"header": {"crit": ["b64"], "b64": False}},
    "for another audience": {"claims": {"aud": "billing"}},
    "for nobody": {"claims": {"aud": None}},
    "of another issuer": {"claims": {"iss": "https://evil.example"}},
    "of no issuer": {"claims": {"iss": None}},
    "expired": {"claims": {"exp": EXPIRED}},
    "never expires": {"claims": {"exp": None}},
    "expires some day": {"claims": {"exp": "soon"}},
    "no session": {"claims": {"sid": None}},
    "a session that is no id": {"claims": {"sid": "1 OR 1=1"}},
    "no member": {"claims": {"sub": None}},
    "no organization": {"claims": {"org": None}},
    "no name of its own": {"claims": {"jti": None}},
    "no beginning": {"claims": {"iat": None}},
}

FOREIGN_KEYS: Final[dict[str, dict[str, Any]]] = {
    name: {"header": {name: value}, "sign": Ed25519PrivateKey.generate().sign}
    for name, value in {
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/cert.pem",
        "x5c": ["MIIB"],
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43},
    }.items()
}


@pytest.fixture(scope="module")
def access_tokens() -> AccessTokens:
    return AccessTokens(keys_pem=PEM, issuer=ISSUER)


@pytest.fixture
def genuine(access_tokens: AccessTokens, owner: SignedIn) -> str:
    return access_tokens.issue(owner.credentials, now=NOON)


async def outcome(client: AsyncClient, token: str) -> tuple[int, str | None]:
    answer = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code")


REFUSED = (401, "token_rejected")


async def test_the_forger_knows_the_trade(client: AsyncClient, genuine: str) -> None:
    assert await outcome(client, genuine) == (200, None)
    assert await outcome(client, forge(genuine)) == (200, None)


@pytest.mark.parametrize("kind", SIGNED_BY_OTHERS)
async def test_what_we_have_not_signed_is_refused(
    client: AsyncClient, genuine: str, kind: str
) -> None:
    assert await outcome(client, forge(genuine, **SIGNED_BY_OTHERS[kind])) == REFUSED


@pytest.mark.parametrize("kind", SIGNED_BY_US)
async def test_what_we_have_signed_for_something_else_is_refused(
    client: AsyncClient, genuine: str, kind: str
) -> None:
    assert await outcome(client, forge(genuine, **SIGNED_BY_US[kind])) == REFUSED


@pytest.mark.parametrize("kind", FOREIGN_KEYS)
async def test_nobody_brings_a_key_of_their_own(
    client: AsyncClient, genuine: str, kind: str
) -> None:
    assert await outcome(client, forge(genuine, **FOREIGN_KEYS[kind])) == REFUSED
    # In a token of ours the same header is not looked at: no request goes there.
    header = FOREIGN_KEYS[kind]["header"]
    assert await outcome(client, forge(genuine, header=header)) == (200, None)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x.y.z",
        "..",
        "null.null.null",
        "W10.W10.AA",
        HUGE,
        f"{HUGE}.{HUGE}.{HUGE}",
        "eyJ" * 5_000 + ".e30.AA",
    ],
    ids=["empty", "letters", "dots", "null", "arrays", "huge", "huge parts", "long header"],
)
async def test_what_is_no_token_is_refused(client: AsyncClient, forged: str) -> None:
    assert await outcome(client, forged) == REFUSED


async def test_a_genuine_token_with_one_character_changed_is_refused(
    client: AsyncClient, genuine: str
) -> None:
    head, body, signature = genuine.split(".")
    for forged in (
        f"{head}x.{body}.{signature}",
        f"{head}.{body}x.{signature}",
        f"{head}.{body}.{signature[:-4]}",
        f"{head}.{body}.{signature}.{signature}",
        f"{head}.{body}",
        genuine.swapcase(),
    ):
        assert await outcome(client, forged) == REFUSED


async def test_a_session_that_does_not_exist_opens_nothing(
    client: AsyncClient, genuine: str
) -> None:
    for name in ("sid", "org"):
        forged = forge(genuine, claims={name: str(uuid4())})
        assert await outcome(client, forged) == (401, "session_ended")


async def test_a_token_that_was_believed_once_expires_all_the_same(
    access_tokens: AccessTokens, owner: SignedIn
) -> None:
    token = access_tokens.issue(owner.credentials, now=NOON)

    assert access_tokens.verify(token, now=NOON) == owner.credentials
    with pytest.raises(Exception, match="token_rejected"):
        access_tokens.verify(token, now=NOON + timedelta(minutes=10))

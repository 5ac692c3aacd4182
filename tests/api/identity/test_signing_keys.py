"""Others verify our tokens by the published keys, and rotation signs nobody out (A5)."""

import base64

import jwt
import pytest
from httpx import AsyncClient
from jwt import PyJWKSet

from app.security.access_tokens import AUDIENCE, AccessTokens
from tests.conftest import ISSUER
from tests.factories.keys import new_signing_key
from tests.factories.people import SignedIn
from tests.fakes.clock import NOON

OLD, NEW = new_signing_key(), new_signing_key()


@pytest.fixture
def access_tokens() -> AccessTokens:
    """Keys in the middle of a rotation: the new one signs, the old one still verifies."""
    return AccessTokens(keys_pem=f"{NEW}\n{OLD}", issuer=ISSUER)


async def status(client: AsyncClient, signed_with: str, owner: SignedIn) -> int:
    token = AccessTokens(keys_pem=signed_with, issuer=ISSUER).issue(owner.credentials, now=NOON)
    answer = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_the_published_keys_verify_our_tokens(
    client: AsyncClient, access_tokens: AccessTokens, owner: SignedIn
) -> None:
    answer = await client.get("/.well-known/jwks.json")

    keys = answer.json()["keys"]
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x"]] * 2
    for key in keys:
        assert (key["kty"], key["crv"], key["use"], key["alg"]) == (
            "OKP",
            "Ed25519",
            "sig",
            "EdDSA",
        )
        assert len(base64.urlsafe_b64decode(key["x"] + "=")) == 32
    token = access_tokens.issue(owner.credentials, now=NOON)
    header = jwt.get_unverified_header(token)
    assert header["kid"] == keys[0]["kid"]
    claims = jwt.decode(
        token,
        PyJWKSet.from_dict(answer.json())[header["kid"]].key,
        algorithms=["EdDSA"],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["sid"] == str(owner.credentials.session_id)


async def test_tokens_of_the_older_key_stay_good_and_of_a_removed_one_do_not(
    client: AsyncClient, owner: SignedIn
) -> None:
    assert await status(client, NEW, owner) == 200
    assert await status(client, OLD, owner) == 200
    assert await status(client, new_signing_key(), owner) == 401


async def test_no_private_part_is_published(client: AsyncClient) -> None:
    text = (await client.get("/.well-known/jwks.json")).text

    assert '"d"' not in text
    for pem in (OLD, NEW):
        assert pem.splitlines()[1][-40:] not in text

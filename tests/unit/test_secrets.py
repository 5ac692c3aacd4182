"""What is derived from the secret key opens only what it was made for."""

import hmac
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.base import new_id
from app.security.cursors import CursorInvalid, Cursors
from app.security.secrets import SecretKey, TokenUnreadable

SECRET, ANOTHER = "a secret key for tests, 32 bytes or more", "another secret key, 32 bytes or more"
KEY, OTHER = SecretKey(SECRET), SecretKey(ANOTHER)
ID = UUID("01936f2e-0000-7000-8000-000000000001")

repeatably = settings(derandomize=True, database=None, deadline=None)


def code(key: SecretKey = KEY, *, purpose: str = "sign_up", phone: str = "+380671234588") -> str:
    return key.code(challenge_id=ID, purpose=purpose, phone=phone, length=6)


def test_a_code_is_the_same_whenever_it_is_asked_for() -> None:
    assert code() == code()
    assert len(code()) == 6
    assert code().isdecimal()


def test_a_code_fits_one_key_one_purpose_and_one_phone() -> None:
    others = {code(OTHER), code(purpose="reset"), code(phone="+380671234589")}

    assert code() not in others
    assert len(others) == 3


@repeatably
@given(st.uuids(), st.uuids(), st.integers(0, 2**32 - 1))
def test_a_refresh_token_is_read_back(organization: UUID, session: UUID, generation: int) -> None:
    token = KEY.refresh_token(
        organization_id=organization, session_id=session, generation=generation
    )

    assert KEY.read_refresh_token(token) == (organization, session, generation)
    with pytest.raises(TokenUnreadable):
        OTHER.read_refresh_token(token)


@repeatably
@given(st.text() | st.text("ABCxyz019-_=", max_size=120))
def test_what_is_no_token_is_unreadable(text: str) -> None:
    with pytest.raises(TokenUnreadable):
        KEY.read_refresh_token(text)
    with pytest.raises(TokenUnreadable):
        KEY.unseal(text)


@repeatably
@given(st.integers(0, 90), st.sampled_from("Aa0-_=!é"))
def test_a_token_that_was_touched_is_unreadable(place: int, letter: str) -> None:
    token = KEY.refresh_token(organization_id=ID, session_id=ID, generation=1)
    touched = token[:place] + letter + token[place + 1 :]

    if touched != token:
        with pytest.raises(TokenUnreadable):
            KEY.read_refresh_token(touched)


@repeatably
@given(st.binary(max_size=200))
def test_what_was_sealed_is_unsealed_by_the_same_key_only(payload: bytes) -> None:
    assert KEY.unseal(KEY.seal(payload)) == payload
    with pytest.raises(TokenUnreadable):
        OTHER.unseal(KEY.seal(payload))


def test_what_was_encrypted_is_read_beside_its_own_row_only() -> None:
    sealed = KEY.encrypt("код".encode(), about=b"row 1")

    assert KEY.decrypt(sealed, about=b"row 1").decode() == "код"
    assert KEY.encrypt("код".encode(), about=b"row 1") != sealed
    with pytest.raises(TokenUnreadable):
        KEY.decrypt(sealed, about=b"row 2")


def test_a_cursor_fits_the_list_it_came_from() -> None:
    cursors = Cursors(KEY)
    cursor = cursors.write("accounts:linked", "1000000748", str(new_id()))

    assert cursors.read("accounts:linked", None) is None
    position = cursors.read("accounts:linked", cursor)
    assert position is not None
    assert position[0] == "1000000748"


@pytest.mark.parametrize("cursor", ["", "nonsense", "АБВ", "a" * 512])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid) as refused:
        Cursors(KEY).read("accounts:linked", cursor)

    assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [
        ("cursor", "cursor_invalid")
    ]


def test_a_cursor_of_another_list_is_refused() -> None:
    cursors = Cursors(KEY)

    with pytest.raises(CursorInvalid):
        cursors.read("accounts:available", cursors.write("accounts:linked", "1"))
    with pytest.raises(CursorInvalid):
        cursors.read("accounts:linked", Cursors(OTHER).write("accounts:linked", "1"))


def test_a_device_stays_known_when_the_secret_rotates() -> None:
    token = KEY.device_token()

    assert KEY.device_token() != token
    assert SecretKey(ANOTHER, SECRET).device_hash(token) == KEY.device_hash(token)
    with pytest.raises(TokenUnreadable):
        OTHER.device_hash(token)


@repeatably
@given(st.text() | st.text("ABCxyz019-_=", max_size=60))
def test_what_is_no_devices_token_has_no_hash(text: str) -> None:
    with pytest.raises(TokenUnreadable):
        KEY.device_hash(text)


def test_each_use_has_a_sub_key_of_its_own_as_rfc_5869_derives_it() -> None:
    def sub_key(label: str) -> bytes:
        # HKDF of one block, by hand: extract with a salt of zeros, expand with the use.
        extracted = hmac.digest(bytes(32), SECRET.encode(), "sha256")
        return hmac.digest(extracted, f"cabinet 1 {label}".encode() + b"\x01", "sha256")

    parts = (ID.bytes, b"sign_up", b"+380671234588")
    message = b"".join(len(part).to_bytes(4) + part for part in parts)
    expected = int.from_bytes(hmac.digest(sub_key("code"), message, "sha256")) % 10**6

    assert code() == f"{expected:06}"
    assert KEY.id == hmac.digest(sub_key("id"), b"", "sha256")[:4].hex()


def test_the_first_key_makes_and_every_key_verifies() -> None:
    both = SecretKey(ANOTHER, SECRET)
    token = KEY.refresh_token(organization_id=ID, session_id=ID, generation=3)

    assert both.id == OTHER.id
    assert both.knows(KEY.id)
    assert not OTHER.knows(KEY.id)
    assert code(both) == code(OTHER)
    assert both.code(
        challenge_id=ID, purpose="sign_up", phone="+380671234588", length=6, key_id=KEY.id
    ) == code(KEY)
    assert both.read_refresh_token(token) == (ID, ID, 3)
    assert both.unseal(KEY.seal(b"place")) == b"place"
    assert both.decrypt(KEY.encrypt(b"answer", about=b"row"), about=b"row") == b"answer"
    with pytest.raises(TokenUnreadable):
        KEY.decrypt(both.encrypt(b"answer", about=b"row"), about=b"row")


def test_a_request_is_known_again_after_a_rotation() -> None:
    older, newer = "the older key of thirty-two bytes", "the newer key of thirty-two bytes"
    kept = SecretKey(older).fingerprint(b"request")

    rotated = SecretKey(newer, older)

    assert rotated.is_fingerprint(kept, b"request")
    assert not rotated.is_fingerprint(kept, b"another request")
    assert not SecretKey(newer).is_fingerprint(kept, b"request")

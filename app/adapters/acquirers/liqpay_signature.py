"""The signature of LiqPay's two fields: the private key, the data as sent, the key again."""

import hmac
from base64 import b64encode
from enum import IntEnum
from hashlib import sha1, sha3_256


class Version(IntEnum):
    """Of the API; it chooses the digest."""

    V3 = 3
    V7 = 7


def sign(data: str, *, key: str, version: Version) -> str:
    text = f"{key}{data}{key}".encode()
    # LiqPay's version 3 is defined with SHA-1; what it signs has a secret at both ends.
    digest = sha1(text, usedforsecurity=False) if version is Version.V3 else sha3_256(text)
    return b64encode(digest.digest()).decode()


def is_signed(signature: str, data: str, *, key: str, version: Version) -> bool:
    """Tell whether this is the signature of the very text that was received."""
    expected = sign(data, key=key, version=version)
    return hmac.compare_digest(expected.encode(), signature.encode())

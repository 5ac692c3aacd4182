"""X-Sign: ECDSA on P-256 over SHA-256 of the body as it came (monobank's acquiring API)."""

import binascii
from base64 import b64decode

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key


class KeyUnreadable(ValueError):
    """Not a public key on the one curve that signs."""


def read_key(text: str) -> ec.EllipticCurvePublicKey:
    """Return the key that the acquirer publishes: a PEM in Base64.

    :raises KeyUnreadable: something else, also a key on another curve.
    """
    try:
        key = load_pem_public_key(b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnreadable("no public key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnreadable("not on P-256")
    return key


def is_signed(key: ec.EllipticCurvePublicKey, signature: str, body: bytes) -> bool:
    try:
        key.verify(b64decode(signature, validate=True), body, ec.ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True

"""Under which name and from which address a password is hashed: who has to wait for others."""

from app.models.limits.addresses import host
from app.origin import Origin
from app.security.turns import Asker


def hashing(name: object, origin: Origin) -> Asker:
    """Return who waits; of IPv6 a whole subnet is one address, as with every limit."""
    return Asker(str(name), None if origin.address is None else host(origin.address))

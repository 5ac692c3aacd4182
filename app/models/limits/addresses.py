"""Which addresses count as one: a host, and its neighbourhood."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

IPV4_NETWORK: Final = 24
IPV6_NETWORK: Final = 48
IPV6_SUBNET: Final = 64
"""What one customer of a provider holds: of IPv6 a whole subnet counts as one address."""


def host(address: str) -> str:
    """Return what counts as one address: of IPv6 the subnet, in which anybody has 2^64."""
    known = _parsed(address)
    if isinstance(known, IPv6Address):
        return _network(known, IPV6_SUBNET)
    return address if known is None else str(known)


def network(address: str) -> str:
    """Return the neighbourhood of an address: its /24, of IPv6 its /48."""
    known = _parsed(address)
    if known is None:
        # A local socket has a name instead.
        return address
    return _network(known, IPV6_NETWORK if isinstance(known, IPv6Address) else IPV4_NETWORK)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address; one of IPv4 that is written as one of IPv6 is the one of IPv4."""
    try:
        known = ip_address(address)
    except ValueError:
        return None
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return mapped or known


def _network(address: IPv4Address | IPv6Address, prefix: int) -> str:
    return str(ip_network((address, prefix), strict=False))

"""Which addresses count as one: a host, and its neighbourhood."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

IPV4_NETWORK: Final = 24
IPV6_NETWORK: Final = 48
IPV6_SUBNET: Final = 64
"""What one customer of a provider holds: of IPv6 a whole subnet counts as one address."""


def host(address: str) -> str:
    """Return what counts as one address: of IPv6 the subnet, in which anybody has 2^64."""
    return _network(address, IPV6_SUBNET) if _is_ipv6(address) else address


def network(address: str) -> str:
    """Return the neighbourhood of an address: its /24, of IPv6 its /48."""
    return _network(address, IPV6_NETWORK if _is_ipv6(address) else IPV4_NETWORK)


def _is_ipv6(address: str) -> bool:
    try:
        return isinstance(ip_address(address), IPv6Address)
    except ValueError:
        return False


def _network(address: str, prefix: int) -> str:
    try:
        return str(ip_network(f"{address}/{prefix}", strict=False))
    except ValueError:
        # A local socket has a name instead.
        return address

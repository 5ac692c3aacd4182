"""Whose address a request comes from, when proxies stand between (security.md A9)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.types import Scope

from app.routers.http.configuration import http_config_of

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

MOST_HOPS: Final = 32
LONGEST_CHAIN: Final = 2048


def client_address(scope: Scope) -> str | None:
    """Return the address of the right-most hop that is not one of our proxies.

    What stands left of it was written by strangers. Without configured proxies the header is
    not looked at, and the caller is whoever opened the connection.
    """
    trusted = http_config_of(scope).trusted_proxies
    client = scope.get("client")
    if not trusted:
        return _plain(client[0]) if client else None
    networks = trusted_networks(trusted)
    # A proxy on a Unix socket has no address; only a local one can sit there.
    last = _parsed(client[0]) if client else None
    if client and (last is None or not _is_within(last, networks)):
        return str(last or client[0])
    for hop in reversed(_hops(scope)):
        address = _parsed(hop)
        if address is None:
            break
        last = address
        if not _is_within(address, networks):
            break
    return str(last) if last else None


@lru_cache(maxsize=8)
def trusted_networks(written: tuple[str, ...]) -> Networks:
    """Return the configured networks; a wrong one is a ValueError."""
    return tuple(ip_network(network, strict=False) for network in written)


def _hops(scope: Scope) -> list[str]:
    values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    chain = b",".join(values)[-LONGEST_CHAIN:].decode("latin-1")
    return chain.split(",")[-MOST_HOPS:] if values else []


def _plain(address: str) -> str:
    """Return an address of IPv4 as such, also where the socket listens for IPv6 too."""
    return str(_parsed(f"[{address}]") or address) if ":" in address else address


def _parsed(text: str) -> Address | None:
    """Return the address in `203.0.113.7:443`, `[2001:db8::1]:443`, or either without a port."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_within(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)

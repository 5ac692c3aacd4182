"""Thirty ways to lie about an address, and the few that are believed."""

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.main import create_app
from app.routers.http.configuration import HttpConfig
from app.services import Services
from tests.edge.probes import router

PROXIES = ("10.0.0.0/8", "2001:db8:ffff::/48")
STRANGER = "198.51.100.7"
PROXY = "10.1.2.3"
INNER = "10.9.9.9"


@pytest.fixture
def http_config() -> HttpConfig:
    return HttpConfig(trusted_proxies=PROXIES)


async def address(
    app: FastAPI, peer: str | None, *chains: str, name: str = "X-Forwarded-For"
) -> str | None:
    client = (peer, 4711) if peer else None
    transport = ASGITransport(app, client=client)  # type: ignore[arg-type] # a Unix socket has none
    async with AsyncClient(transport=transport, base_url="http://cabinet") as http:
        answer = await http.get("/v1/probes/origin", headers=[(name, chain) for chain in chains])
    found: list[str | None] = answer.json()
    return found[0]


@pytest.mark.parametrize(
    "chain",
    [
        "203.0.113.1",
        "127.0.0.1",
        "10.1.2.3",
        "10.1.2.3, 10.9.9.9",
        "203.0.113.1, 10.1.2.3",
        "::1",
        "unknown",
        "_hidden",
        "localhost",
        "",
        ",",
        "203.0.113.1:80",
        "[2001:db8:ffff::1]:443",
        "' OR 1=1 --",
        "203.0.113.1\t, 10.1.2.3",
    ],
)
async def test_a_stranger_is_believed_nothing(app: FastAPI, chain: str) -> None:
    assert await address(app, STRANGER, chain) == STRANGER


@pytest.mark.parametrize(
    "name",
    [
        "Forwarded",
        "X-Real-IP",
        "X-Client-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X_Forwarded_For",
    ],
)
async def test_other_headers_are_believed_nothing(app: FastAPI, name: str) -> None:
    assert await address(app, PROXY, "203.0.113.1", name=name) == PROXY


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ((), PROXY),
        (("203.0.113.1",), "203.0.113.1"),
        (("203.0.113.1:5123",), "203.0.113.1"),
        (("[2001:db8::9]:443",), "2001:db8::9"),
        (("2001:db8::9",), "2001:db8::9"),
        (("::ffff:203.0.113.1",), "203.0.113.1"),
        # What a stranger wrote stands left of what our proxies added.
        (("127.0.0.1, 203.0.113.1",), "203.0.113.1"),
        (("10.7.7.7, 203.0.113.1",), "203.0.113.1"),
        (("8.8.8.8, 203.0.113.1, 10.9.9.9",), "203.0.113.1"),
        (("8.8.8.8", "203.0.113.1"), "203.0.113.1"),
        (("8.8.8.8", "203.0.113.1, 10.9.9.9"), "203.0.113.1"),
        (("203.0.113.1, 2001:db8:ffff::5",), "203.0.113.1"),
        # Nonsense ends the walk at the last proxy that we know of.
        (("203.0.113.1, nonsense",), PROXY),
        (("203.0.113.1, nonsense, 10.9.9.9",), INNER),
        (("203.0.113.1, ",), PROXY),
        (("203.0.113.1, 999.1.1.1",), PROXY),
        (("203.0.113.1, 0x7f.1",), PROXY),
        (("203.0.113.1, [::1",), "::1"),
        # Everybody is ours: the farthest one.
        (("10.9.9.9, 10.8.8.8",), INNER),
        (("1.2.3.4, " + "10.8.8.8, " * 40 + "10.9.9.9",), "10.8.8.8"),
        ((("9.9.9.9," * 2000) + "203.0.113.1",), "203.0.113.1"),
    ],
)
async def test_our_proxies_are_believed_up_to_the_first_stranger(
    app: FastAPI, chains: tuple[str, ...], expected: str
) -> None:
    assert await address(app, PROXY, *chains) == expected


async def test_a_proxy_on_a_unix_socket_is_ours(app: FastAPI) -> None:
    assert await address(app, None, "8.8.8.8, 203.0.113.1") == "203.0.113.1"


async def test_nobody_may_be_known(app: FastAPI) -> None:
    assert await address(app, None) is None


async def test_without_proxies_the_peer_counts(services: Services) -> None:
    app = create_app(services, extra_routers=[router])

    assert await address(app, STRANGER, "203.0.113.1") == STRANGER
    assert await address(app, None, "203.0.113.1") is None


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"),
        ("", None),
        ("   ", None),
        ("a" * 500, "a" * 200),
        ("a\x01\x1b[31mb\x7fc", "a[31mbc"),
    ],
)
async def test_a_device_is_told_in_a_bearable_way(
    client: AsyncClient, agent: str, device: str | None
) -> None:
    answer = await client.get("/v1/probes/origin", headers={b"User-Agent": agent.encode()})

    assert answer.json()[1] == device


@pytest.mark.parametrize("proxies", [(), PROXIES])
async def test_an_address_of_ipv4_is_the_same_on_a_socket_for_both(
    services: Services, proxies: tuple[str, ...]
) -> None:
    app = create_app(
        services, http_config=HttpConfig(trusted_proxies=proxies), extra_routers=[router]
    )

    assert await address(app, "::ffff:198.51.100.7") == STRANGER
    assert await address(app, "2001:db8::7") == "2001:db8::7"

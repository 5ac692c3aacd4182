"""Where the acquirer may send a person back to: an open redirect would lend our name to others."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.errors import Flaw
from app.models.payments.refusals import ReturnUrlNotAllowed


@dataclass(frozen=True, slots=True)
class ReturnUrls:
    """The origins of the operator's own pages."""

    origins: frozenset[str]

    @classmethod
    def of(cls, urls: Iterable[str]) -> "ReturnUrls":
        return cls(frozenset(filter(None, map(_origin, urls))))

    def require(self, url: str) -> None:
        """Let pass an address on one of the origins.

        :raises ReturnUrlNotAllowed:
        """
        if not _is_plain(url) or _origin(url) not in self.origins:
            raise ReturnUrlNotAllowed(flaws=[Flaw("/return_url", ReturnUrlNotAllowed.code)])


def _is_plain(url: str) -> bool:
    """Tell whether browsers read the address as we do: no spaces, controls or backslashes."""
    return url.isascii() and url.isprintable() and not set(url) & {"\\", " "}


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}:{port or usual}"

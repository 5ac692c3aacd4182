"""What the HTTP layer knows about its deployment; the composition hands it down."""

from dataclasses import dataclass

from starlette.types import Scope

from app.texts import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConfig:
    public_url: str = "http://localhost:8000"
    contact_phones: tuple[str, ...] = ("044 202 15 88", "1588")
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For is believed."""
    allowed_origins: tuple[str, ...] = ()
    """Exact origins of web front ends that may call the API from a browser."""

    home: str = "/docs"
    """Where `/` leads."""
    security_contact: str | None = None
    """Where to report a vulnerability."""
    shows_metrics: bool = True
    """Whether `/metrics` answers beside everything else, for whoever asks."""

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def http_config_of(scope: Scope) -> HttpConfig:
    http_config: HttpConfig = scope["app"].state.http_config
    return http_config


def locale_of(scope: Scope) -> Locale:
    """Return the language in which to answer; RequestMiddleware has written it there."""
    locale: Locale = scope["state"]["locale"]
    return locale


def request_id_of(scope: Scope) -> str:
    request_id: str = scope["state"]["request_id"]
    return request_id

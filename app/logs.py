"""The log: one JSON line for each event, without secrets."""

import json
import logging
import re
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from typing_extensions import override

PARAMETERS: Final = re.compile(r"\[parameters: .*?\]$", re.MULTILINE | re.DOTALL)
DETAIL: Final = re.compile(r"^DETAIL: .*$", re.MULTILINE)
TOKEN: Final = re.compile(
    r"\beyJ[\w-]+\.[\w-]+\.[\w-]+|\b(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{40,}\b"
)
"""Access tokens and refresh tokens; the long name of a function is neither."""
NUMBER: Final = re.compile(r"(?<!line )\+?\d{5,}")
"""Phones, codes, tax ids and account numbers; the numbers of lines stay."""


def configure_logs() -> None:
    """Write structured lines to standard output; libraries only when something is wrong."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            discreet,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    root.handlers = [IntoStructlog()]


def discreet(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Take out of a traceback what a database or a driver repeated from a request."""
    if "exception" in event:
        event["exception"] = censored(event["exception"])
    return event


def censored(text: str) -> str:
    text = PARAMETERS.sub("[parameters: left out]", text)
    text = DETAIL.sub("DETAIL: left out", text)
    return NUMBER.sub("<number>", TOKEN.sub("<token>", text))


class IntoStructlog(logging.Handler):
    """Lets what libraries log become lines like ours."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        message = censored(record.getMessage())
        log.log(record.levelno, "library", message=message, exc_info=record.exc_info)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=str, separators=(",", ":"))


def _to_json(event: Any, **_options: Any) -> bytes:
    return _ENCODER.encode(event).encode("utf-8", "replace")

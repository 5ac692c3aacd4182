"""What a request that did not arrive as it must is marked with, for the application to answer."""

from typing import Final

REFUSAL: Final = "refusal"
"""In the `state` of a request's scope: the code of the problem that answers it."""

TOO_LARGE: Final = "headers_too_large"
TOO_LATE: Final = "request_timeout"
TOO_MANY: Final = "busy"
NOT_HTTP: Final = "malformed_request"

"""The headers RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers, 08 to 11)."""

import math
from collections.abc import Sequence

from app.models.limits.kinds import LimitState


def rate_limit_headers(standings: Sequence[LimitState]) -> dict[str, str]:
    """Return how the caller stands with each limit that is theirs; nothing if there is none."""
    told = [each for each in standings if each.limit.is_told]
    if not told:
        return {}
    return {
        "RateLimit-Policy": ", ".join(
            f'"{each.limit.name}";q={each.limit.quota};w={int(each.limit.window.total_seconds())}'
            for each in told
        ),
        "RateLimit": ", ".join(
            f'"{each.limit.name}";r={each.remaining};t={math.ceil(each.wait.total_seconds())}'
            for each in told
        ),
    }

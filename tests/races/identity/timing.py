"""How far apart two kinds of requests are, told from the noise of the machine."""

import gc
import time
from collections.abc import Awaitable, Callable
from math import sqrt

Ask = Callable[[], Awaitable[object]]

Z95 = 1.96


async def median_difference(first: Ask, second: Ask, *, pairs: int) -> tuple[float, float]:
    """Return the 95 % interval, in ms, of the median of `first - second` over pairs.

    The two take turns, and so does who begins, so that whatever else the machine does falls on
    both alike. The interval is that of order statistics: nothing is assumed of the distribution.
    """
    for _ in range(20):
        await first()
        await second()
    differences = []
    gc.collect()
    gc.disable()
    try:
        for number in range(pairs):
            if number % 2:
                one, two = await _milliseconds(first), await _milliseconds(second)
            else:
                two, one = await _milliseconds(second), await _milliseconds(first)
            differences.append(one - two)
    finally:
        gc.enable()
    differences.sort()
    reach = Z95 * sqrt(pairs) / 2
    return differences[int(pairs / 2 - reach)], differences[int(pairs / 2 + reach)]


async def _milliseconds(ask: Ask) -> float:
    began = time.perf_counter()
    await ask()
    return (time.perf_counter() - began) * 1000

"""How long an action takes, as the median of several runs."""

import statistics
import time
from collections.abc import Callable


def median_seconds(action: Callable[[], object], times: int = 5) -> float:
    """Return the median wall seconds of an action over so many runs, after one run that does not count."""
    seconds: list[float] = []
    for _ in range(times + 1):
        began = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:])

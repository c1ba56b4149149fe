"""The machine's clock behind `hooks.interfaces.Clock`."""

import time
from datetime import UTC, datetime


class MachineClock:
    """Monotonic time and real waits."""

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def minute_of_day(self) -> int:
        """Return how many minutes of the day have passed, in UTC."""
        now = datetime.now(UTC)
        return 60 * now.hour + now.minute

    def sleep(self, seconds: float) -> None:
        """Wait; a negative duration is none."""
        time.sleep(max(0.0, seconds))

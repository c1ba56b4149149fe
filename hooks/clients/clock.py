"""The machine's clock behind `hooks.interfaces.Clock`."""

import time


class MachineClock:
    """Monotonic time and real waits."""

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; a negative duration is none."""
        time.sleep(max(0.0, seconds))

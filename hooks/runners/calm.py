"""The stable window: for how long, and in how many looks, everything has been well without a break."""

from hooks.planner.desired import Pace


class Calm:
    """Counts one unbroken calm; a single look that finds a gate closed, or finds nothing, begins it anew."""

    def __init__(self, pace: Pace) -> None:
        """Begin before the first look."""
        self._pace: Pace = pace
        self._looks: int = 0
        self._since: float = 0.0

    @property
    def unbroken(self) -> bool:
        """Whether the last look was a good one."""
        return self._looks > 0

    def end(self) -> None:
        """Note a look that was not good."""
        self._looks = 0

    def note(self, now: float) -> None:
        """Note a good look."""
        if not self._looks:
            self._since = now
        self._looks += 1

    def left(self, now: float) -> float:
        """Return after how many seconds to look again; 0 when it has lasted long enough."""
        window = self._pace.stable_window
        remaining = self._since + window - now
        if remaining <= 0 and (self._looks >= self._pace.stable_samples or not window):
            return 0.0
        return min(self._pace.poll, remaining) if remaining > 0 else self._pace.poll

    def words(self, now: float) -> str:
        """Return how far it is."""
        return f"stable for {now - self._since:.0f} of {self._pace.stable_window:.0f} s"

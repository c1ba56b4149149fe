"""How long to wait: a deadline that counts from the last progress, not from the start."""

_SETBACKS = 3
"""How often a setback (another node went down, the cluster could not be asked) may start the count anew."""


class Patience:
    """Watches the distance to the goal; see `planner.standing.distance`."""

    def __init__(self, timeout: float, now: float) -> None:
        """Allow `timeout` seconds without progress."""
        self._timeout: float = timeout
        self._since: float = now
        self._best: tuple[int, int] | None = None
        self._setbacks: int = 0

    def note(self, distance: tuple[int, int] | None, now: float) -> None:
        """Note how far it is now; None when nothing could be observed."""
        if distance is None:
            self._best = None
        elif self._best is None or distance[0] > self._best[0]:
            # Once there were too many, only a new best counts: a node that comes and goes for ever is no progress.
            if self._setbacks <= _SETBACKS:
                self._setbacks += 1
                self._best, self._since = distance, now
        elif distance < self._best:
            self._best, self._since = distance, now

    def spent(self, now: float) -> bool:
        """Return whether nothing has moved for too long."""
        return now - self._since >= self._timeout

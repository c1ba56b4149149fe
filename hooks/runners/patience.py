"""How long a wait may last: until nothing has come nearer for `readyTimeoutSeconds`.

The rule: the deadline counts from the last progress, and progress is a node nearer to serving in full than it has been
at any time of this wait. So a slow recovery goes on for as long as some node still gains: a replica that catches up, a
pod that becomes ready, a broker that loads its logs (see `log_recovery`). Nothing else gives time. A setback (a node
that falls, a cluster that cannot be asked) does not, and neither does the way back from it: what comes and goes for
ever would be waited for, for ever.
"""

from collections.abc import Mapping

from hooks.planner.distance import Distance
from hooks.planner.snapshot import NodeId


class Patience:
    """Watches the nodes over one wait; see `planner.distance`."""

    def __init__(self, timeout: float, now: float) -> None:
        """Allow `timeout` seconds without progress."""
        self._timeout: float = timeout
        self._since: float = now
        self._best: dict[NodeId, Distance] = {}

    def note(self, distances: Mapping[NodeId, Distance], now: float) -> None:
        """Note how far each node is now; a node of which nothing was seen is left out."""
        nearer = {node: far for node, far in distances.items() if node not in self._best or far < self._best[node]}
        if nearer:
            self._best |= nearer
            self._since = now

    def renew(self, now: float) -> None:
        """Begin anew: a broker that no look can show has come further, as its log says."""
        self._since = now

    def spent(self, now: float) -> bool:
        """Return whether no node has come nearer for too long."""
        return now - self._since >= self._timeout

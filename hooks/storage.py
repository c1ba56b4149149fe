"""What the runs that grow volumes need of the world, beside `hooks.interfaces`, and with its errors."""

from typing import Protocol

from hooks.planner.snapshot import ObservedClaim, ObservedWorkload


class Volumes(Protocol):
    """Grows data volumes, and replaces the StatefulSet that made their claims under its running pods.

    Every method raises NotYet when the API server cannot be asked.
    """

    def claims(self, workload: ObservedWorkload) -> tuple[ObservedClaim, ...]:
        """Return the claims of the pool's data volumes, sorted by node id."""
        ...

    def expandable(self, storage_class: str) -> bool:
        """Return whether volumes of the class may grow."""
        ...

    def request(self, claim: ObservedClaim, size: int) -> None:
        """Have the claim ask for so many bytes."""
        ...

    def record(self, workload: ObservedWorkload, size: int) -> None:
        """Write down the StatefulSet as it is to come back, with claims of that size.

        Raises Conflict when it is not the observed one any more.
        """
        ...

    def take_away(self, workload: ObservedWorkload) -> None:
        """Delete the recorded StatefulSet and leave its pods running. Raises Conflict when it changed since."""
        ...

    def put_back(self, name: str) -> None:
        """Create the recorded StatefulSet unless it is there. Raises NotYet while the old one is still going."""
        ...

    def forget(self, name: str) -> None:
        """Delete the record, if there is one."""
        ...

"""What hooks/planner uses of OR-tools; its own stub gives arrays' shapes where their types belong."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

class SimpleMinCostFlow:
    class Status(Enum):
        OPTIMAL = ...

    OPTIMAL: Status
    def __init__(self) -> None: ...
    def add_arcs_with_capacity_and_unit_cost(
        self,
        tails: NDArray[np.int64],
        heads: NDArray[np.int64],
        capacities: NDArray[np.int64],
        unit_costs: NDArray[np.int64],
        /,
    ) -> NDArray[np.int32]: ...
    def set_nodes_supplies(self, nodes: NDArray[np.int64], supplies: NDArray[np.int64], /) -> None: ...
    def solve(self) -> Status: ...
    def flows(self, arcs: NDArray[np.int64], /) -> NDArray[np.int64]: ...

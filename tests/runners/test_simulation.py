"""The simulation over many seeds: a few hundred here, ten thousand in `make test-sim` (SIMULATION_SEEDS)."""

import os

import pytest

from tests.runners.simulation import run

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "200"))
CHUNK = max(1, SEEDS // 20)


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_story_ends_in_harm_and_every_roll_ends(first: int):
    """Scenarios 4, 12, 17, 24, 42, 46 and 68, in every mixture."""
    for seed in range(first, min(first + CHUNK, SEEDS)):
        run(seed)

"""`make bench-planner`: six clusters, grow and drain, beside the peers where they finish in their time box.

Columns: seconds and CPU seconds of the plan; replicas copied over the least possible; bytes copied over the least that
any plan needs to bring all brokers within 0, 2, 5 and 9 per cent of the mean (a plan that stays outside a band may stay
under its bound); replicas and leaders by broker; bytes by broker as shares of the mean; partitions with a broken rack
spread; megabytes. Clusters as arguments choose among the six.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

from bench.reassignment import ours, peers
from bench.reassignment.clusters import CLUSTERS, Cluster, task
from bench.reassignment.peers import Answer
from dev.progress import Progress
from hooks.planner.reassignment.bounds import lower_bounds
from hooks.planner.reassignment.check import check_placement
from hooks.planner.reassignment.field import make_field
from hooks.planner.reassignment.lifting import lift
from hooks.planner.reassignment.model import Bands, Bounds, Options, Placement

BANDS = (0.0, 0.02, 0.05, 0.09)
_HEADING = (
    f"{'planner':18}{'s':>8}{'cpu s':>8}{'moves':>8}{'/LB':>7}"
    + "".join(f"{f'B/LB {band:.0%}':>9}" for band in BANDS)
    + f"{'replicas':>13}{'leaders':>12}{'bytes of mean':>15}{'racks':>7}{'MB':>6}"
)


def main() -> None:
    """Print a table for each cluster and task."""
    progress = Progress()
    python = peers.environment(progress)
    for name in sys.argv[1:] or CLUSTERS:
        for task_name in ("grow", "drain"):
            progress.say(f"{CLUSTERS[name]}, {task_name}")
            progress.say(_HEADING)
            for line in _table(CLUSTERS[name], task_name):
                progress.say(line)
            if python is not None:
                placement, options = task(CLUSTERS[name], task_name, BANDS[1])
                for peer in peers.PEERS:
                    progress.say(_row(peer, peers.ask(python, peer, placement, options), (placement, options)))


def _table(cluster: Cluster, task_name: str) -> Iterator[str]:
    for band in BANDS if task_name == "grow" else BANDS[1:2]:
        answer = ours.ask(cluster, task_name, band)
        yield _row(f"ours, band {band:.0%}", answer, task(cluster, task_name, band))


def _row(name: str, answer: Answer | str, given: tuple[Placement, Options]) -> str:
    """Return one line of the table."""
    if isinstance(answer, str):
        return f"{name:18}{answer}"
    before, options = given
    pairs = list(zip(before.partitions, answer.replicas, strict=True))
    copied = [(p.size_bytes, len(set(replicas) - set(p.replicas))) for p, replicas in pairs]
    after = replace(before, partitions=tuple(replace(p, replicas=replicas) for p, replicas in pairs))
    found = check_placement(after, options)
    even, moves = found.spreads, sum(number for _, number in copied)
    size = sum(size * number for size, number in copied)
    bounds = [_bounds(before, options, band) for band in BANDS]
    return (
        f"{name:18}{answer.seconds:8.2f}{answer.cpu:8.2f}{moves:8}{moves / max(1, bounds[-1].moves):7.3f}"
        + "".join(f"{size / max(1, bound.bytes):9.3f}" for bound in bounds)
        + f"{_span(even.replicas):>13}{_span(even.leaders):>12}"
        + f"{even.bytes_of_mean[0]:8.3f}-{even.bytes_of_mean[1]:.3f}{len(found.rack_violations):8}{answer.megabytes:6}"
    )


def _span(pair: tuple[int, int]) -> str:
    return f"{pair[0]}-{pair[1]}"


def _bounds(placement: Placement, options: Options, band: float) -> Bounds:
    field = make_field(placement, replace(options, bands=Bands(bytes=band)))
    lift(field)
    return lower_bounds(field, levelling=options.goal == "grow")


if __name__ == "__main__":
    main()

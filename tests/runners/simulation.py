"""A deterministic simulation: a random cluster, random faults, random wishes, and a roll in the middle of it.

One seed is one story, told the same every time. `run(seed)` raises AssertionError when an invariant breaks:

- no deletion of ours takes a partition below min ISR that could have stayed at it, nor while another broker is down
  that is not of the same batch; evictions are allowed again, and the Lease is free, whenever a run is over;
- every run ends, or stops with a reason; when the faults are over, the roll ends, and nobody was restarted twice for it
  but by a fault;
- a run after that changes nothing.
"""

from collections.abc import Callable
from random import Random

from hooks.interfaces import Conflict, EngineLost, Fatal, LeaseLost, NotYet, Refused
from hooks.planner.desired import Batching, DesiredCluster, Pace, Policy
from hooks.planner.plan import plan
from hooks.runners.brokers import BrokersRun
from hooks.runners.observe import observe
from tests.fakes.cluster import FakeCluster
from tests.fakes.kubernetes import Behaviour
from tests.fakes.world import Faults, Killed
from tests.runners.misfortunes import ALL

_RUNS = 25
_STORM = 120.0
"""Seconds within which misfortunes begin; each lasts for half a minute at most."""


def run(seed: int) -> None:
    """Tell one story and check it."""
    dice = Random(seed)
    cluster, batching, policy = _build(dice)
    began = cluster.now
    cluster.apply(config="2", behaviour=_behaviour(dice))
    wish = cluster.desired(pace=_pace(dice), batching=batching, policy=policy)
    for _ in range(dice.randrange(5)):
        strike, node, lasting = dice.choice(ALL), dice.choice(cluster.broker_ids), dice.uniform(1, 30)
        cluster.at(
            dice.uniform(0, _STORM),
            lambda strike=strike, node=node, lasting=lasting: strike(cluster, node, lasting),
        )
    for number in range(_RUNS):
        calm = cluster.now - began > _STORM + 40.0
        if _end(cluster, wish, _faults(dice, calm=calm), number) and calm:
            break
        cluster.sleep(30.0)
    else:
        raise AssertionError(f"seed {seed}: the roll never ended: {cluster.said[-3:]}")
    assert cluster.harm == [], f"seed {seed}: {cluster.harm}"
    assert set(cluster.revisions().values()) == {"c2-i3.9"}, f"seed {seed}"
    assert len(cluster.restarted) == len(set(cluster.restarted)), f"seed {seed}: restarted twice: {cluster.restarted}"
    cluster.writes.clear()
    again = cluster.world("again")
    assert not plan(observe(again, "broker"), wish).changes, f"seed {seed}"
    assert not BrokersRun(again, wish).run().changed, f"seed {seed}"
    assert cluster.writes == [], f"seed {seed}"


def _end(cluster: FakeCluster, wish: DesiredCluster, faults: Faults, number: int) -> bool:
    """Run once, check what every end has in common, and return whether nothing is left to do."""
    try:
        report = BrokersRun(cluster.world(f"run-{number}", faults=faults), wish).run()
    except (Fatal, Refused, LeaseLost, EngineLost) as stopped:
        _check_stop(cluster, stopped, faults)
        return False
    except Killed:
        # Nothing of that process happens any more: its Lease expires, the budget stays as it was.
        cluster.lease.holder_lives, cluster.lease.renewed = False, cluster.now
        return False
    assert not cluster.lease.held(cluster.now)
    assert cluster.kubernetes.budgets["broker"] == 1
    return report.left == 0


def _check_stop(cluster: FakeCluster, stopped: Exception, faults: Faults) -> None:
    assert str(stopped), "a stop without a reason"
    if not (cluster.api_down or isinstance(stopped, LeaseLost | EngineLost) or faults.fired):
        assert not cluster.lease.held(cluster.now)


def _build(dice: Random) -> tuple[FakeCluster, Batching, Policy]:
    """Return a cluster of two to four racks with topics of all kinds, and how it is to be rolled."""
    racks = {rack: dice.randint(1, 3) for rack in "abcd"[: dice.randint(2, 4)]}
    mode = dice.choice(("zookeeper", "kraft"))
    cluster = FakeCluster(mode=mode, racks=racks, partitions=dice.randint(1, 6), spread=dice.random() < 0.7)
    ids = list(cluster.broker_ids)
    for number in range(dice.randrange(4)):
        replicas = dice.sample(ids, min(len(ids), dice.randint(1, 5)))
        cluster.kafka.add_topic(f"topic-{number}", [replicas], min_isr=dice.randint(1, len(replicas)))
    cluster.kafka.catch_up = dice.choice((0.5, 2.0, 10.0))
    batching = Batching(by=dice.choice(("one", "rack")), max_share=dice.choice((0.3, 0.4, 1.0)))
    return cluster, batching, Policy(foreign_urps=dice.choice(("wait", "wait", "tolerate")))


def _pace(dice: Random) -> Pace:
    return Pace(
        stable_window=dice.choice((0.0, 2.0, 5.0)),
        poll=1.0,
        ready_timeout=60.0,
        longest_run=dice.choice((0.0, 0.0, 0.0, 5.0)),
        between_batches=dice.choice((0.0, 0.0, 15.0)),
    )


def _behaviour(dice: Random) -> Behaviour:
    """Return how the new revision behaves: slow to start or to stop, or frozen for a while once it has started."""
    freeze = (dice.uniform(0, 6), dice.uniform(1, 8)) if dice.random() < 0.2 else None
    return Behaviour(start=dice.choice((0.5, 2.0, 12.0)), stop=dice.choice((0.5, 5.0)), freeze=freeze)


def _faults(dice: Random, *, calm: bool) -> Faults:
    """Return what befalls the process itself: nothing, a kill, a lost call, a lost engine or Lease."""
    if calm or dice.random() < 0.5:
        return Faults()
    at, after = dice.randint(1, 150), dice.random() < 0.5
    error: Callable[[], BaseException] = dice.choice(
        (
            Killed,
            Killed,
            lambda: NotYet("lost on its way"),
            lambda: Conflict("somebody was faster"),
            lambda: EngineLost("gone"),
        )
    )
    fatal = error is Killed
    wanted = {True: None, False: ("delete", "observe", "pods", "check")}[fatal]
    return Faults(
        at=at if fatal else dice.randint(1, 40),
        error=error,
        after=after,
        for_good=fatal,
        only=(lambda name: True) if wanted is None else (lambda name: name in wanted),
    )

"""The hooks without Pulumi: `python -m hooks status|plan|roll`, the same planner and runners on a live cluster.

What is desired is what was recorded there: the live StatefulSets' counts and templates. So `plan` shows what an
interrupted run left to do, and `roll` finishes it; a changed spec comes by `pulumi up` alone. `rebalance` plans
reassignments, also of clusters that nothing here made (hooks/rebalance.py).
"""

import argparse
import json
import sys
from collections.abc import Sequence

from contract import Component
from hooks.clients.connection import PREVIEW, RUN, Connection, Mode
from hooks.clients.progress import PrintedProgress
from hooks.clients.redaction import redact
from hooks.connect import kubernetes, world
from hooks.interfaces import HookError
from hooks.planner.desired import Batching, DesiredCluster, DesiredPool, Pace
from hooks.planner.plan import Plan, plan
from hooks.planner.promise import digest, promises
from hooks.planner.render import data, lines
from hooks.planner.snapshot import Snapshot
from hooks.planner.status import status, steering
from hooks.rebalance import rebalance
from hooks.runners.brokers import BrokersRun
from hooks.runners.ensemble import EnsembleRun
from hooks.runners.observe import broken_off, observe
from hooks.runners.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["rebalance"]:
        return rebalance(words[1:])
    given = _parser().parse_args(words)
    connection = Connection(
        kubeconfig=given.kubeconfig, context=given.context, namespace=given.namespace, cluster=given.cluster
    )
    patience = RUN if given.command == "roll" else PREVIEW
    try:
        with world(connection, _mode(connection), PrintedProgress(), patience) as live:
            return _roll(live, given) if given.command == "roll" else _show(live, given)
    except HookError as error:
        print(redact(str(error)), file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hooks", description=__doc__)
    parser.add_argument("command", choices=("status", "plan", "roll"), help="look, say what is left to do, or do it")
    parser.add_argument("--kubeconfig", default="", help="path; kubectl's own rules by default")
    parser.add_argument("--context", default="", help="context in it; the current one by default")
    parser.add_argument("--namespace", default="kafka", help="namespace of the cluster (default: kafka)")
    parser.add_argument("--cluster", default="kafka", help="name of the Kafka cluster (default: kafka)")
    parser.add_argument("--json", action="store_true", help="print the plan as data instead of text")
    parser.add_argument("--stable-window", type=float, default=30.0, help="seconds between restarts (default: 30)")
    parser.add_argument("--batch", choices=("one", "rack"), default="one", help="restart together (default: one)")
    return parser


def _mode(connection: Connection) -> Mode:
    """Tell the mode by what runs there: a cluster with controllers is KRaft."""
    with kubernetes(connection, PREVIEW) as clients:
        return "kraft" if clients.pods.workloads("controller") else "zookeeper"


def _components(live: World) -> tuple[Component, ...]:
    """Return the components that exist, the quorum first."""
    known: tuple[Component, ...] = ("zookeeper", "controller", "broker")
    return tuple(component for component in known if live.pods.workloads(component))


def _recorded(live: World, component: Component, given: argparse.Namespace) -> tuple[Snapshot, DesiredCluster]:
    """Return what is seen, and as the wish what the live StatefulSets record."""
    snapshot = observe(live, component)
    pools = tuple(
        DesiredPool(
            name=workload.pool,
            workload=workload.name,
            first_id=workload.first_id,
            count=workload.replicas,
            revision=workload.revision.digest,
            causes=workload.revision.causes,
        )
        for workload in snapshot.workloads
    )
    mode: Mode = "kraft" if live.pods.workloads("controller") else "zookeeper"
    pace = Pace(stable_window=given.stable_window)
    wish = DesiredCluster(
        cluster=given.cluster,
        component=component,
        mode=mode,
        pools=pools,
        pace=pace,
        batching=Batching(by=given.batch),
    )
    return snapshot, wish


def _show(live: World, given: argparse.Namespace) -> int:
    """Print the state or the plan of each component."""
    plans: list[Plan] = []
    said: list[str] = []
    for component in _components(live):
        snapshot, wish = _recorded(live, component, given)
        plans.append(plan(snapshot, wish, broken_off=broken_off(live) if component == "broker" else ()))
        if given.command == "status":
            said += status(component, snapshot)
        else:
            promised = promises(plans[-1])
            shown = (*lines(plans[-1]), *((f"plan {digest(promised)}",) if promised else ()))
            said += [f"{component}: {line}" for line in shown]
    recorded = live.identity.read()
    said += steering(given.cluster, recorded.roll if recorded else "")
    print(json.dumps([data(planned) for planned in plans], indent=2) if given.json else "\n".join(said))
    return 0


def _roll(live: World, given: argparse.Namespace) -> int:
    """Finish what the live templates ask for, the quorum first."""
    for component in _components(live):
        _, wish = _recorded(live, component, given)
        report = (BrokersRun if component == "broker" else EnsembleRun)(live, wish).run()
        print("\n".join(f"{component}: {line}" for line in report.lines()) or f"{component}: nothing to do")
    return 0


if __name__ == "__main__":
    sys.exit(main())

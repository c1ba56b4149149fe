"""The Ensemble hook: ZooKeeper servers or KRaft controllers ready, marked as formed, and rolled by content."""

from dataclasses import replace
from typing import Literal, NotRequired, TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from contract import PoolArgs
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.preview import differs
from hooks.providers.promise import insisted_on
from hooks.providers.resource import HookProvider, inputs, own_urn
from hooks.providers.rolling import RollingArgs
from hooks.providers.wire import ConnectionArgs, Mode, PaceArgs, Wire, component, connection, desired, mode, moved

_INPUTS = ("connection", "component", "mode", "pools", "pace", "rolling")


class EnsembleArgs(TypedDict):
    """Inputs of the Ensemble hook."""

    connection: pulumi.Input[ConnectionArgs]
    component: Literal["zookeeper", "controller"]
    mode: Mode
    pools: pulumi.Input[list[PoolArgs]]
    pace: PaceArgs
    rolling: NotRequired[RollingArgs]
    """When its members may restart, where not at any time; they restart one at a time whatever else this says."""


class EnsembleProvider(HookProvider):
    """Translates between the engine and the Ensemble run."""

    def create(self, props: Wire) -> CreateResult:
        """Await the quorum, and roll what an earlier run left stale."""
        _run(props)
        return CreateResult(self.name(props, props["component"]), dict(props))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Show the plan, and report a change when inputs differ or the live quorum needs work."""
        if moved(olds, news):
            return DiffResult(changes=True, replaces=["connection"])
        return DiffResult(changes=differs(olds, news, _INPUTS))

    def update(self, _id: str, _olds: Wire, news: Wire) -> UpdateResult:
        """Bring the quorum to the desired state."""
        _run(news)
        return UpdateResult(dict(news))

    def delete(self, _id: str, _props: Wire) -> None:
        """Do nothing: the guards and the StatefulSets end the servers."""


class Ensemble(Resource, module="kafka", name="Ensemble"):
    """The quorum under one Kafka cluster, served by its pods and rolled one at a time."""

    def __init__(self, name: str, args: EnsembleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        super().__init__(EnsembleProvider(), name, inputs(args, own_urn("Ensemble", name, opts)), opts)


def _run(props: Wire) -> None:
    """Run with the World of these inputs."""
    # Imported here: the clients take longer to import than a whole check.
    from hooks.connect import world  # noqa: PLC0415
    from hooks.runners.ensemble import EnsembleRun  # noqa: PLC0415

    with one_clear_error(), world(connection(props), mode(props), EngineProgress(props["ownUrn"])) as live:
        EnsembleRun(live, replace(desired(props), promised=insisted_on(connection(props), component(props)))).run()

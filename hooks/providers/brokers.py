"""The Brokers hook: how many, when and in which order; grow and roll the brokers of one cluster."""

from dataclasses import replace
from typing import NotRequired, TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from contract import PoolArgs
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.preview import differs
from hooks.providers.promise import insisted_on
from hooks.providers.resource import HookProvider, inputs, own_urn
from hooks.providers.rolling import RollingArgs
from hooks.providers.wire import (
    ConnectionArgs,
    FeaturesArgs,
    KeysArgs,
    Mode,
    MovementArgs,
    PaceArgs,
    Wire,
    component,
    connection,
    desired,
    mode,
    moved,
)

_INPUTS = ("connection", "mode", "pools", "pace", "rolling", "movement", "keys", "features", "deletionProtection")


class BrokersArgs(TypedDict):
    """Inputs of the Brokers hook."""

    connection: pulumi.Input[ConnectionArgs]
    mode: Mode
    pools: pulumi.Input[list[PoolArgs]]
    pace: PaceArgs
    movement: MovementArgs
    rolling: NotRequired[RollingArgs]
    """How many brokers may restart at a time; left out where it says nothing but the defaults."""
    keys: NotRequired[KeysArgs]
    """What running brokers take over; left out where the spec sets no such key."""
    features: NotRequired[FeaturesArgs]
    """The feature levels to finalize; left out where they stay as they are."""
    deletionProtection: bool
    """Whether the deletion of this resource, and with it a destroy of the cluster, is refused."""


class BrokersProvider(HookProvider):
    """Translates between the engine and the Brokers run."""

    def create(self, props: Wire) -> CreateResult:
        """Await the brokers, and do what an earlier run left undone."""
        return CreateResult(self.name(props, "brokers"), _run(props))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Show the plan, and report a change when inputs differ or the live cluster needs work."""
        if moved(olds, news):
            return DiffResult(changes=True, replaces=["connection"])
        return DiffResult(changes=differs(olds, news, _INPUTS))

    def update(self, _id: str, _olds: Wire, news: Wire) -> UpdateResult:
        """Bring the brokers to the desired state."""
        return UpdateResult(_run(news))

    def delete(self, _id: str, props: Wire) -> None:
        """Refuse while deletion protection holds, else mark the cluster as going so that the guards let it go."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.brokers import mark_going  # noqa: PLC0415

        with one_clear_error(), world(connection(props), mode(props), EngineProgress(props["ownUrn"])) as live:
            mark_going(live, deletion_protection=bool(props["deletionProtection"]))


class Brokers(Resource, module="kafka", name="Brokers"):
    """The brokers of one Kafka cluster, as many and as new as the spec says."""

    clusterId: pulumi.Output[str]
    """The cluster id that the brokers serve."""

    def __init__(self, name: str, args: BrokersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        urn = own_urn("Brokers", name, opts)
        super().__init__(BrokersProvider(), name, inputs(args, urn, clusterId=None), opts)


def _run(props: Wire) -> Wire:
    """Run with the World of these inputs and return all outputs."""
    # Imported here: the clients take longer to import than a whole check.
    from hooks.connect import world  # noqa: PLC0415
    from hooks.runners.brokers import BrokersRun  # noqa: PLC0415

    with one_clear_error(), world(connection(props), mode(props), EngineProgress(props["ownUrn"])) as live:
        BrokersRun(live, replace(desired(props), promised=insisted_on(connection(props), component(props)))).run()
        record = live.identity.read()
        return {**props, "clusterId": record.cluster_id if record else None}

"""The Guard hook: deleted before its StatefulSet, it refuses while data would be lost, then stops the pods."""

from typing import TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from contract import Component
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.resource import HookProvider, inputs, own_urn
from hooks.providers.wire import ConnectionArgs, Mode, PaceArgs, Wire, changed, component, connection, mode, moved, pace

_INPUTS = ("connection", "component", "mode", "workload", "pace")


class GuardArgs(TypedDict):
    """Inputs of the Guard hook."""

    connection: pulumi.Input[ConnectionArgs]
    component: Component
    mode: Mode
    workload: str
    """The StatefulSet that it guards."""
    pace: PaceArgs


class GuardProvider(HookProvider):
    """Does nothing but stand in the way of a deletion."""

    def create(self, props: Wire) -> CreateResult:
        """Stand guard."""
        return CreateResult(self.name(props, "guard", props["workload"]), dict(props))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Report a change of the inputs; another StatefulSet is another guard."""
        if moved(olds, news) or changed(olds, news, ("workload",)):
            return DiffResult(changes=True, replaces=["workload"])
        return DiffResult(changes=bool(changed(olds, news, _INPUTS)))

    def update(self, _id: str, _olds: Wire, news: Wire) -> UpdateResult:
        """Keep the new inputs for the deletion."""
        return UpdateResult(dict(news))

    def delete(self, _id: str, props: Wire) -> None:
        """Let the StatefulSet go once it is safe and its pods have stopped, or refuse."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.guard import release  # noqa: PLC0415

        with one_clear_error(), world(connection(props), mode(props), EngineProgress(props["ownUrn"])) as live:
            release(live, props["workload"], component(props), pace(props))


class Guard(Resource, module="kafka", name="Guard"):
    """The guard of one StatefulSet; the StatefulSet's resource must not go before it."""

    def __init__(self, name: str, args: GuardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        super().__init__(GuardProvider(), name, inputs(args, own_urn("Guard", name, opts)), opts)

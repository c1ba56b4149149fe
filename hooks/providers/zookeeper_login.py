"""The ZooKeeperLogin hook: the login that brokers share at ZooKeeper, in a Secret before the first server starts."""

from typing import TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.resource import HookProvider, inputs, own_urn
from hooks.providers.wire import ConnectionArgs, Wire, changed, connection, moved


class ZooKeeperLoginArgs(TypedDict):
    """Inputs of the ZooKeeperLogin hook."""

    connection: pulumi.Input[ConnectionArgs]


class ZooKeeperLoginProvider(HookProvider):
    """Makes the Secret; takes it away when `zookeeper.acl` is disabled again. The password is in no input or state."""

    def create(self, props: Wire) -> CreateResult:
        """Make the Secret; one that an earlier run left is used again."""
        _ensure(props)
        return CreateResult(self.name(props, "zookeeper-login"), dict(props))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Report another cluster; nothing else can change."""
        if moved(olds, news):
            return DiffResult(changes=True, replaces=["connection"])
        return DiffResult(changes=bool(changed(olds, news, ("connection",))))

    def update(self, _id: str, _olds: Wire, news: Wire) -> UpdateResult:
        """Make the Secret unless it is there."""
        _ensure(news)
        return UpdateResult(dict(news))

    def delete(self, _id: str, props: Wire) -> None:
        """Delete the Secret, unless a pod needs it to start again: a run with pauses may have pods left to restart."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.connect import zookeeper_login  # noqa: PLC0415

        with one_clear_error(), zookeeper_login(connection(props)) as login:
            if using := login.remove():
                said = f"the Secret with the login at ZooKeeper stays, since pods mount it still: {', '.join(using)}; "
                EngineProgress(props["ownUrn"]).warn(said + "delete it once they have restarted")


class ZooKeeperLogin(Resource, module="kafka", name="ZooKeeperLogin"):
    """The login of all brokers of one cluster at ZooKeeper."""

    def __init__(self, name: str, args: ZooKeeperLoginArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        super().__init__(ZooKeeperLoginProvider(), name, inputs(args, own_urn("ZooKeeperLogin", name, opts)), opts)


def _ensure(props: Wire) -> None:
    # Imported here: the clients take longer to import than a whole check.
    from hooks.connect import zookeeper_login  # noqa: PLC0415

    with one_clear_error(), zookeeper_login(connection(props)) as login:
        login.ensure()

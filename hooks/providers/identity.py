"""The Identity hook: the cluster id and the first controllers' directory ids, made once and kept for ever."""

import base64
import uuid
from datetime import timedelta
from typing import TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from contract import PORT_CONTROLLER
from hooks.interfaces import IdentityRecord, NotYet
from hooks.providers.engine import one_clear_error
from hooks.providers.resource import HookProvider, inputs, own_urn
from hooks.providers.wire import ConnectionArgs, Mode, Wire, changed, connection, mode, moved
from hooks.runners.identity import ensure

_INPUTS = ("connection", "mode", "controllers")
#: Set in the state, never in the inputs, when a refresh did not find the object.
_LOST = "lost"


class ControllerArgs(TypedDict):
    """One of the first controllers of a new cluster."""

    id: int
    host: str
    """Its own DNS name under the controllers' headless Service."""


class IdentityArgs(TypedDict):
    """Inputs of the Identity hook."""

    connection: pulumi.Input[ConnectionArgs]
    mode: Mode
    controllers: list[ControllerArgs]
    """The first controllers in KRaft mode, empty in ZooKeeper mode. Changes after the creation have no effect."""


class IdentityProvider(HookProvider):
    """Creates the identity object or reads it; never deletes it."""

    def create(self, props: Wire) -> CreateResult:
        """Create the object, or adopt the one that an earlier destroy left."""
        with one_clear_error():
            return CreateResult(self.name(props, "identity"), _outs(props, _ensured(props, _proposal(props))))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Report a change of the inputs, and a move to another cluster as a replacement."""
        if moved(olds, news):
            return DiffResult(changes=True, replaces=["connection"])
        return DiffResult(changes=bool(changed(olds, news, _INPUTS)) or _LOST in olds)

    def update(self, _id: str, olds: Wire, news: Wire) -> UpdateResult:
        """Read the object; should it be lost, restore it from the stack's state."""
        with one_clear_error():
            return UpdateResult(_outs(news, _ensured(news, _remembered(olds) or _proposal(news))))

    def read(self, id_: str, props: Wire) -> ReadResult:
        """Return what the object says. One that is lost is remembered and marked so; the next update restores it.

        A refresh writes nothing, since a preview may ask for one, and does not fail for want of a cluster.
        """
        # Imported here: the clients take longer to import than a whole check.
        from hooks.clients.connection import PREVIEW  # noqa: PLC0415
        from hooks.connect import kubernetes  # noqa: PLC0415

        known = {key: value for key, value in props.items() if key != _LOST}
        try:
            with kubernetes(connection(props), PREVIEW) as clients:
                recorded = clients.identity.read()
        except NotYet:
            return ReadResult(id_, dict(props))
        if recorded is not None:
            return ReadResult(id_, _outs(known, recorded))
        return ReadResult(id_, {**known, _LOST: True} if _remembered(props) else known)

    def delete(self, _id: str, props: Wire) -> None:
        """Leave the object; everything else of the cluster is gone by now, so its last configuration goes too."""
        from hooks.connect import kubernetes  # noqa: PLC0415

        with one_clear_error(), kubernetes(connection(props)) as clients:
            # First the Lease: it refuses while another run holds it.
            clients.lease.remove()
            clients.pods.collect_configuration(settled=timedelta())


class Identity(Resource, module="kafka", name="Identity"):
    """The identity of one Kafka cluster, which survives a destroy."""

    clusterId: pulumi.Output[str | None]
    """Kafka's cluster id; nothing in ZooKeeper mode until the ensemble has given one."""
    initialControllers: pulumi.Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        urn = own_urn("Identity", name, opts)
        super().__init__(IdentityProvider(), name, inputs(args, urn, clusterId=None, initialControllers=None), opts)


def _ensured(props: Wire, proposal: IdentityRecord) -> IdentityRecord:
    """Return what the object says once it is there."""
    # Imported here: the clients take longer to import than a whole check.
    from hooks.connect import kubernetes  # noqa: PLC0415

    with kubernetes(connection(props)) as clients:
        return ensure(clients.identity, proposal)


def _proposal(props: Wire) -> IdentityRecord:
    """Return random ids for a cluster that has never existed; in ZooKeeper mode the ensemble gives the id."""
    if mode(props) == "zookeeper":
        return IdentityRecord(cluster_id=None)
    members = (f"{int(c['id'])}@{c['host']}:{PORT_CONTROLLER}:{_random_id()}" for c in props["controllers"])
    return IdentityRecord(cluster_id=_random_id(), initial_controllers=",".join(members))


def _remembered(outs: Wire) -> IdentityRecord | None:
    """Return the record that the state remembers, as one that has served: no directory is ever formatted anew by it."""
    if not outs.get("clusterId"):
        return None
    return IdentityRecord(
        cluster_id=outs["clusterId"], initial_controllers=outs.get("initialControllers") or "", bootstrapped=True
    )


def _outs(props: Wire, record: IdentityRecord) -> Wire:
    return {**props, "clusterId": record.cluster_id, "initialControllers": record.initial_controllers}


def _random_id() -> str:
    """Return an id as Kafka makes them: 16 random bytes in URL-safe base64, never mistaken for an option."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made

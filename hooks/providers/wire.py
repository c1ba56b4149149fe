"""What crosses Pulumi's wire, and back: plain dictionaries on one side, the planner's types on the other.

The engine turns every number into a float and may hand over unknown values in a preview; both are dealt with here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from contract import Component
from hooks.clients.connection import Connection, Mode
from hooks.planner.desired import DesiredCluster, DesiredPool, Level, Pace
from hooks.planner.features import FeatureWish
from hooks.planner.live_keys import KeyWish
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.snapshot import NodeId
from hooks.providers.rolling import batching, paced, policy

Wire = dict[str, Any]


class ConnectionArgs(TypedDict):
    """Where the Kafka cluster lives."""

    kubeconfig: str
    """Path of the kubeconfig; empty for kubectl's own rules. Seen by the machine that runs `pulumi`."""
    context: str
    """Context in it; empty for the current one."""
    namespace: str
    cluster: str
    """Name of the Kafka cluster."""


class PaceArgs(TypedDict):
    """How long a run waits, in seconds."""

    stableWindowSeconds: NotRequired[float]
    pollSeconds: NotRequired[float]
    readyTimeoutSeconds: NotRequired[float]


class LevelArgs(TypedDict):
    """When brokers are levelled."""

    thresholdPercent: int
    """How far a broker's bytes may be from its share before anything moves."""
    bytesPerRun: int
    """Most bytes that one run copies; 0 for no limit."""


class MovementArgs(TypedDict):
    """How fast replicas move."""

    bandwidthBytesPerSecond: NotRequired[int]
    """What a broker may send, and may receive, ordinary replication included; 0 for no throttle."""
    afterGrowth: NotRequired[bool]
    """Whether data moves onto brokers that hold less than their share."""
    frozenTopics: NotRequired[list[str]]
    """Topics whose replicas stay where they are."""
    lostBrokers: NotRequired[list[int]]
    """Brokers that are gone: their replicas are made anew on live ones, and nobody waits for them."""
    level: NotRequired[LevelArgs]
    """When brokers are levelled; never where it is missing."""


class KeysArgs(TypedDict):
    """The broker keys of the spec that Kafka can take over without a restart."""

    live: dict[str, str]
    """Value by key: applied to running brokers."""
    file: list[str]
    """Keys whose change restarts brokers all the same."""


class FeaturesArgs(TypedDict):
    """The feature levels that the cluster is to have."""

    kafka: str
    """The line of Kafka that the nodes run, such as 4.3."""
    release: NotRequired[str]
    """The release whose levels are finalized once all of them do; left out where they stay as they are."""


class ProtocolArgs(TypedDict):
    """How the brokers of a cluster with ZooKeeper are to speak to each other."""

    kafka: str
    """The line of Kafka that they run, such as 3.9."""
    protocol: NotRequired[str]
    """What the spec sets as `inter.broker.protocol.version`; left out for the line's own."""


def coerced(value: Any) -> Any:
    """Return the value with whole floats as integers, at any depth; unknown values pass."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: coerced(inner) for key, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [coerced(inner) for inner in cast("list[Any]", value)]
    return value


def has_unknown(value: Any) -> bool:
    """Return whether any part of the value is known only once the update has run."""
    if isinstance(value, Unknown) or (isinstance(value, str) and value == UNKNOWN):
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(inner) for inner in cast("Mapping[str, Any]", value).values())
    return isinstance(value, list) and any(has_unknown(inner) for inner in cast("list[Any]", value))


def changed(olds: Wire, news: Wire, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the keys whose values differ, numbers compared as numbers; an unknown value differs from any."""
    return tuple(key for key in keys if has_unknown(news.get(key)) or coerced(olds.get(key)) != coerced(news.get(key)))


def connection(props: Wire) -> Connection:
    """Translate the connection."""
    wire = props["connection"]
    return Connection(
        kubeconfig=str(wire.get("kubeconfig") or ""),
        context=str(wire.get("context") or ""),
        namespace=str(wire["namespace"]),
        cluster=str(wire["cluster"]),
    )


def moved(olds: Wire, news: Wire) -> bool:
    """Return whether the connection names another Kafka cluster, not only another way to the same one."""
    if has_unknown(news["connection"]):
        return False
    before, after = connection(olds), connection(news)
    return (before.namespace, before.cluster) != (after.namespace, after.cluster)


def mode(props: Wire) -> Mode:
    """Translate the metadata mode."""
    return "zookeeper" if props["mode"] == "zookeeper" else "kraft"


def component(props: Wire) -> Component:
    """Translate the component; brokers have no such key."""
    found: Component = props.get("component", "broker")
    return found


def desired(props: Wire) -> DesiredCluster:
    """Translate the wish for one component."""
    return DesiredCluster(
        cluster=connection(props).cluster,
        component=component(props),
        mode=mode(props),
        pools=tuple(_pool(pool) for pool in props["pools"]),
        pace=paced(pace(props), props),
        policy=policy(props),
        batching=batching(props),
        limits=limits(props),
        fill=fills(props),
        frozen=frozen(props),
        lost=lost(props),
        level=level(props),
        keys=keys(props) if component(props) == "broker" else None,
        features=features(props),
    )


def features(props: Wire) -> FeatureWish | None:
    """Translate the feature levels; an absent section says nothing of them."""
    wire: Wire | None = props.get("features")
    return FeatureWish(kafka=str(wire["kafka"]), release=wire.get("release")) if wire else None


def keys(props: Wire) -> KeyWish:
    """Translate the keys that running brokers take over; an absent section has none."""
    wire: Wire = props.get("keys") or {}
    return KeyWish(
        live={str(name): str(value) for name, value in dict[str, Any](wire.get("live") or {}).items()},
        file=frozenset(str(name) for name in list[Any](wire.get("file") or [])),
    )


def fills(props: Wire) -> bool:
    """Translate whether data moves onto brokers that hold too little."""
    wire: Wire = props.get("movement") or {}
    return bool(wire.get("afterGrowth"))


def frozen(props: Wire) -> frozenset[str]:
    """Translate the topics that no movement touches."""
    wire: Wire = props.get("movement") or {}
    return frozenset(str(name) for name in list[Any](wire.get("frozenTopics") or []))


def lost(props: Wire) -> frozenset[NodeId]:
    """Translate the brokers that are gone."""
    wire: Wire = props.get("movement") or {}
    return frozenset(NodeId(int(node)) for node in list[Any](wire.get("lostBrokers") or []))


def level(props: Wire) -> Level | None:
    """Translate when brokers are levelled."""
    movement: Wire = props.get("movement") or {}
    wire: Wire | None = movement.get("level")
    if not wire:
        return None
    return Level(threshold=int(wire["thresholdPercent"]) / 100, budget=int(wire["bytesPerRun"]) or None)


def limits(props: Wire) -> Limits:
    """Translate how fast replicas may move; a quorum has no such key."""
    wire: Wire = props.get("movement") or {}
    return Limits(bandwidth=int(wire.get("bandwidthBytesPerSecond") or 0) or None)


def pace(props: Wire) -> Pace:
    """Translate the waits; what is not given has the planner's default."""
    wire: Wire = props.get("pace") or {}
    default = Pace()
    return Pace(
        stable_window=float(wire.get("stableWindowSeconds", default.stable_window)),
        poll=float(wire.get("pollSeconds", default.poll)),
        ready_timeout=float(wire.get("readyTimeoutSeconds", default.ready_timeout)),
    )


def _pool(wire: Wire) -> DesiredPool:
    return DesiredPool(
        name=wire["name"],
        workload=wire["workload"],
        first_id=NodeId(int(wire["firstId"])),
        count=int(wire["count"]),
        revision=wire["revision"],
        causes=dict(wire.get("causes") or {}),
        volume_bytes=int(wire.get("volumeBytes") or 0),
        storage_class=wire.get("storageClass"),
        volumes=int(wire.get("volumes") or 1),
    )

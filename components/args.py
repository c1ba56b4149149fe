"""The arguments of the components: the same sections as a stack file, in Python's spelling.

These are the boundary (plain mappings, so that a program in another language can give them); `components.spec.parsing`
turns them into the frozen model and refuses what is wrong.
"""

from dataclasses import asdict
from typing import Literal, NotRequired, TypedDict, cast

from components.access_args import AuthorizationArgs, ListenersArgs, TlsArgs
from components.network_args import NetworkPoliciesArgs
from components.pod_args import PodArgs
from components.spec.model import ClusterSpec
from contract import ZooKeeperAcl, ZooKeeperTls


class ResourcesArgs(TypedDict):
    """What each pod asks of its node."""

    cpu: str
    """CPU request, for example `500m` or `2`. There is no CPU limit: throttling would only delay replication."""
    memory: str
    """Memory request and limit, for example `4Gi`. Must hold the heap and what the JVM uses beside it."""
    heap: NotRequired[str]
    """Heap of the JVM, for example `2Gi`. Derived from the memory when left out; a change restarts."""


class StorageArgs(TypedDict):
    """The data volume of each node, or the volumes of each broker. Their claims outlive pods, pools and the stack."""

    size: str
    """Size, for example `100Gi`. A larger one than the present grows the volumes under the running nodes, where the
    StorageClass allows it, and restarts nobody; a smaller one is refused."""
    class_: NotRequired[str]
    """StorageClass; the cluster's default one when left out. Fixed once the pool exists."""
    volumes: NotRequired[int]
    """How many volumes of this size each broker has, from 1 to 16: one when left out. Kafka spreads its partitions over
    them. Fixed once the pool exists. Controllers and ZooKeeper servers have one."""


class JvmArgs(TypedDict):
    """The JVM beside its heap."""

    options: NotRequired[str]
    """Replaces Kafka's own JVM performance options. A change restarts."""


class ExternalArgs(TypedDict):
    """How clients outside Kubernetes reach the brokers of a rack, by one node port per broker."""

    host: str
    """Name or address advertised for every broker of the rack: a node of its zone, or a name that leads to one."""
    first_node_port: int
    """Node port of the rack's first broker; the others follow by the distance of their ids. 30000 to 32767."""


class BrokerRackArgs(TypedDict):
    """The brokers of one rack: one StatefulSet. A rack whose brokers differ has several entries of the same name and
    zone, each a pool with a StatefulSet and ids of its own; `resources`, `storage`, `jvm` and `pod` then replace the
    common section as a whole, and `config` is added to it key by key.
    """

    name: str
    """Name of the rack: `broker.rack`, and part of the StatefulSet's name. Never changes."""
    zone: str
    """The `topology.kubernetes.io/zone` of its nodes."""
    first_broker_id: int
    """Id of its first broker, and the StatefulSet's first ordinal. Never changes; leave gaps: 0, 1000, 2000."""
    brokers: int
    """How many brokers it has. Their ids follow each other."""
    external: NotRequired[ExternalArgs]
    """Access from outside; none when left out."""
    pool: NotRequired[str]
    """Name of the pool, where the rack has several; the rack's own name when left out. Never changes."""
    resources: NotRequired[ResourcesArgs]
    """Processor, memory and heap of each broker of this entry, instead of the common ones."""
    storage: NotRequired[StorageArgs]
    """The data volume of each broker of this entry, instead of the common one."""
    jvm: NotRequired[JvmArgs]
    """The JVM of each broker of this entry, instead of the common one."""
    config: NotRequired[dict[str, str | int | float | bool]]
    """Kafka's own keys for the brokers of this entry, over the common ones. Those of the whole cluster are refused."""
    pod: NotRequired[PodArgs]
    """The pod of each broker of this entry beside Kafka itself, instead of the common one."""


class ServerRackArgs(TypedDict):
    """The ZooKeeper servers of one rack: one StatefulSet."""

    name: str
    """Name of the rack. Never changes."""
    zone: str
    """The `topology.kubernetes.io/zone` of its nodes."""
    first_server_id: int
    """Id of its first server, 1 to 254. Never changes; leave gaps: 1, 11, 21."""
    servers: int
    """How many servers it has; all racks together an odd number."""


class ControllerRackArgs(TypedDict):
    """The KRaft controllers of one rack: one StatefulSet."""

    name: str
    """Name of the rack. Never changes."""
    zone: str
    """The `topology.kubernetes.io/zone` of its nodes."""
    first_controller_id: int
    """Id of its first controller, apart from every broker's. Never changes; leave gaps: 9000, 9100, 9200."""
    controllers: int
    """How many controllers it has; all racks together an odd number."""


class KafkaArgs(TypedDict):
    """The brokers, and what holds for the whole cluster."""

    name: str
    """Name of the cluster; every object's name begins with it. Never changes."""
    distribution: str
    """Whose images and paths: `apache`, or `confluent` for Confluent Platform."""
    version: str
    """The distribution's version, for example `3.9.2` of `apache`, or `7.9.4` of `confluent`, which is Kafka 3.9."""
    edition: NotRequired[str]
    """Of `confluent`: `community` (cp-kafka, the default), or `server` (cp-server), which needs a licence."""
    image: NotRequired[str]
    """Image of every node; the distribution's own for the version when left out. A change restarts."""
    image_registry: NotRequired[str]
    """Registry, with its path, that the distribution's own image is taken from instead. A change restarts."""
    mode: Literal["zookeeper", "kraft"]
    """What keeps the metadata. ZooKeeper ends with Kafka 3.9."""
    metadata_version: NotRequired[str]
    """Line of Kafka, for example `4.3`, whose feature levels a KRaft cluster is to have: metadata.version and those
    that come with it. They rise live, after the last restart at the new version, and there is no way back to an older
    one. Left out, they stay as they are."""
    replication_factor: NotRequired[int]
    """Replicas of a partition unless its topic says otherwise; default 3."""
    min_insync_replicas: NotRequired[int]
    """Replicas that must have a write before acks=all is given; default 2."""
    allow_fewer_racks: NotRequired[bool]
    """Accept fewer racks than replicas, so that the loss of one rack can take two replicas. Default false."""
    listeners: NotRequired[ListenersArgs]
    """TLS and authentication by listener; plain text for everybody when left out."""
    tls: NotRequired[TlsArgs]
    """The certificates; exactly when a listener speaks TLS."""
    authorization: NotRequired[AuthorizationArgs]
    """Access by ACLs; needs `mtls` on the internal listener. A change restarts."""
    network_policies: NotRequired[NetworkPoliciesArgs]
    """Who may come in over the network; everybody when left out. A change restarts nobody."""
    follower_fetching: NotRequired[bool]
    """Let consumers that set `client.rack` to the name of a rack read from the replica in it, which saves traffic
    between zones and adds a little latency. Default false; a change restarts."""
    racks: list[BrokerRackArgs]
    """The brokers, rack by rack."""
    resources: ResourcesArgs
    """Processor, memory and heap of each broker."""
    storage: StorageArgs
    """The data volume of each broker."""
    jvm: NotRequired[JvmArgs]
    """The JVM of each broker."""
    config: NotRequired[dict[str, str | int | float | bool]]
    """Kafka's own broker keys. Those that the platform writes itself are refused."""
    pod: NotRequired[PodArgs]
    """The pod of each broker beside Kafka itself."""


class ZooKeeperArgs(TypedDict):
    """The ZooKeeper ensemble (mode `zookeeper`)."""

    racks: list[ServerRackArgs]
    """The servers, rack by rack."""
    resources: ResourcesArgs
    """Processor, memory and heap of each server."""
    storage: StorageArgs
    """The data volume of each server."""
    tls: NotRequired[ZooKeeperTls]
    """Whether servers among themselves and brokers with them speak TLS, with the certificate of `kafka.tls`: `disabled`
    (the default) or `required`. A live ensemble goes through `allowed` and `preferred`, one stage in each `up`, or
    back; a stage restarts servers or brokers, and a longer step is refused. Needs hooks, and TLS on the internal
    listener."""
    acl: NotRequired[ZooKeeperAcl]
    """Who may write ZooKeeper's nodes: everybody (`disabled`, the default), or the brokers alone (`enabled`), which log
    in with a generated password (SASL DIGEST-MD5, `zookeeper.set.acl`). A live cluster goes by `login` first, in an
    `up` of its own, and back by `login` and `allowed`; servers or brokers restart, and a step that would cut brokers
    off is refused. Each start of a broker then walks through all nodes once. Needs hooks."""
    jvm: NotRequired[JvmArgs]
    """The JVM of each server."""
    config: NotRequired[dict[str, str | int | float | bool]]
    """ZooKeeper's own keys. Those that the platform writes itself are refused."""
    pod: NotRequired[PodArgs]
    """The pod of each server beside ZooKeeper itself."""


class ControllersArgs(TypedDict):
    """The KRaft controllers (mode `kraft`)."""

    racks: list[ControllerRackArgs]
    """The controllers, rack by rack."""
    resources: ResourcesArgs
    """Processor, memory and heap of each controller."""
    storage: StorageArgs
    """The data volume of each controller."""
    jvm: NotRequired[JvmArgs]
    """The JVM of each controller."""
    config: NotRequired[dict[str, str | int | float | bool]]
    """Kafka's own keys for controllers. Those that the platform writes itself are refused."""
    pod: NotRequired[PodArgs]
    """The pod of each controller beside Kafka itself."""


class ClusterArgs(TypedDict):
    """One Kafka cluster. Every component takes the whole of it, since files of one name the nodes of another."""

    namespace: str
    """Namespace of every object."""
    kafka: KafkaArgs
    """The brokers."""
    zookeeper: NotRequired[ZooKeeperArgs]
    """The ensemble; exactly in mode `zookeeper`."""
    controllers: NotRequired[ControllersArgs]
    """The controllers; exactly in mode `kraft`."""
    updates: NotRequired[Literal["hooks", "rolling"]]
    """Who restarts nodes after a change and counts them: the day-two hooks, which a program in Python has (`hooks`, the
    default there), or Kubernetes by itself, rack after rack, each node when the one before is in sync (`rolling`). With
    `rolling` a smaller count removes brokers with their data undrained. Never changes for a KRaft cluster."""


def cluster_args(spec: ClusterSpec) -> ClusterArgs:
    """Return the arguments that describe a spec which was read elsewhere, as the components take it."""
    return cast(ClusterArgs, cast(object, given(asdict(spec))))


def given(fields: dict[str, object]) -> dict[str, object]:
    """Return the fields that are given, as plain as the boundary has them."""
    return {key: _plain(value) for key, value in fields.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return given(cast(dict[str, object], value))
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast(list[object] | tuple[object, ...], value)]
    return value

"""Turns the mapping at the boundary into the frozen model: the one parser between the two.

It reads shapes and single values; what must hold between values is in `checks`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from components.spec.access_parsing import read_authorization, read_listeners, read_tls
from components.spec.checks import check_cluster
from components.spec.data_folders import MOST_VOLUMES
from components.spec.model import (
    BrokerRack,
    ClusterSpec,
    ControllerRack,
    ControllersSpec,
    External,
    Jvm,
    KafkaSpec,
    Mode,
    NodeSpec,
    Resources,
    ServerRack,
    Storage,
    ZooKeeperSpec,
)
from components.spec.peer_checks import read_network_policies
from components.spec.pod_reading import read_pod
from components.spec.problems import SpecError
from components.spec.reading import Reader, Spelling, snake_case
from components.spec.rolling_checks import check_rolling
from contract import ZOOKEEPER_ACL, ZOOKEEPER_TLS, ZooKeeperAcl, ZooKeeperTls

HIGHEST_NODE_ID: Final = 2**31 - 1_000_000
MOST_NODES: Final = 1000
_MODES: Final = ("zookeeper", "kraft")
_UPDATES: Final = ("hooks", "rolling")

R = TypeVar("R")


def parse_cluster(args: Mapping[str, object], spelling: Spelling = snake_case) -> ClusterSpec:
    """Return the cluster that the arguments of a component describe, or raise SpecError with every problem."""
    reader, problems = Reader.root(args, path="", spelling=spelling)
    spec = read_arguments(reader)
    reader.finish()
    if problems:
        raise SpecError(problems)
    return spec


def read_arguments(reader: Reader) -> ClusterSpec:
    """Read the cluster as components take it, who are told as well who restarts its nodes."""
    spec = read_cluster(reader)
    if reader.optional_text("updates", choices=_UPDATES) == "rolling":
        spec = replace(spec, updates="rolling")
        check_rolling(spec, reader)
    return spec


def read_cluster(reader: Reader) -> ClusterSpec:
    """Read the cluster's sections out of an object that may hold others too."""
    namespace = reader.text("namespace")
    kafka_reader = reader.section("kafka", required=True)
    kafka = _read_kafka(kafka_reader)
    zookeeper = _read_zookeeper(reader.section("zookeeper")) if reader.has("zookeeper") else None
    controllers = _read_controllers(reader.section("controllers")) if reader.has("controllers") else None
    spec = ClusterSpec(namespace=namespace, kafka=kafka, zookeeper=zookeeper, controllers=controllers)
    if reader.clean:
        check_cluster(spec, reader)
    return spec


def _read_kafka(reader: Reader) -> KafkaSpec:
    node = _read_node(reader)
    mode: Mode = "zookeeper" if reader.text("mode", choices=_MODES) == "zookeeper" else "kraft"
    spec = KafkaSpec(
        name=reader.text("name"),
        distribution=reader.text("distribution"),
        version=reader.text("version"),
        edition=reader.optional_text("edition"),
        image=reader.optional_text("image"),
        image_registry=reader.optional_text("image_registry"),
        mode=mode,
        metadata_version=reader.optional_text("metadata_version"),
        replication_factor=reader.integer("replication_factor", lowest=1, highest=MOST_NODES, default=3),
        min_insync_replicas=reader.integer("min_insync_replicas", lowest=1, highest=MOST_NODES, default=2),
        allow_fewer_racks=reader.boolean("allow_fewer_racks", default=False),
        follower_fetching=reader.boolean("follower_fetching", default=False),
        racks=_read_racks(reader, _read_broker_rack),
        resources=node.resources,
        storage=node.storage,
        jvm=node.jvm,
        config=node.config,
        listeners=read_listeners(reader),
        tls=read_tls(reader),
        authorization=read_authorization(reader),
        network_policies=read_network_policies(reader),
        pod=node.pod,
    )
    reader.finish()
    return spec


def _read_zookeeper(reader: Reader) -> ZooKeeperSpec:
    node = _read_node(reader)
    racks = _read_racks(reader, _read_server_rack)
    stages: dict[str, ZooKeeperTls] = {one: one for one in ZOOKEEPER_TLS}
    doors: dict[str, ZooKeeperAcl] = {one: one for one in ZOOKEEPER_ACL}
    acl = doors.get(reader.optional_text("acl", choices=ZOOKEEPER_ACL) or "", "disabled")
    tls = stages.get(reader.optional_text("tls", choices=ZOOKEEPER_TLS) or "", "disabled")
    reader.finish()
    return ZooKeeperSpec(
        racks=racks,
        tls=tls,
        acl=acl,
        resources=node.resources,
        storage=node.storage,
        jvm=node.jvm,
        config=node.config,
        pod=node.pod,
    )


def _read_controllers(reader: Reader) -> ControllersSpec:
    node = _read_node(reader)
    racks = _read_racks(reader, _read_controller_rack)
    reader.finish()
    return ControllersSpec(
        racks=racks,
        resources=node.resources,
        storage=node.storage,
        jvm=node.jvm,
        config=node.config,
        pod=node.pod,
    )


def _read_node(reader: Reader) -> NodeSpec:
    return NodeSpec(
        resources=_read_resources(reader.section("resources", required=True)),
        storage=_read_storage(reader.section("storage", required=True)),
        jvm=_read_jvm(reader.section("jvm")),
        config=reader.settings("config"),
        pod=read_pod(reader.section("pod")),
    )


def _read_resources(reader: Reader) -> Resources:
    resources = Resources(cpu=reader.text("cpu"), memory=reader.text("memory"), heap=reader.optional_text("heap"))
    reader.finish()
    return resources


def _read_storage(reader: Reader) -> Storage:
    volumes = reader.integer("volumes", lowest=1, highest=MOST_VOLUMES, default=1)
    storage = Storage(size=reader.text("size"), class_=reader.optional_text("class_"), volumes=volumes)
    reader.finish()
    return storage


def _read_jvm(reader: Reader) -> Jvm:
    jvm = Jvm(options=reader.optional_text("options"))
    reader.finish()
    return jvm


def _read_racks(reader: Reader, read_rack: Callable[[Reader], R]) -> tuple[R, ...]:
    racks: list[R] = []
    for rack in reader.sections("racks"):
        racks.append(read_rack(rack))
        rack.finish()
    return tuple(racks)


def _read_broker_rack(reader: Reader) -> BrokerRack:
    return BrokerRack(
        name=reader.text("name"),
        zone=reader.text("zone"),
        first_broker_id=reader.integer("first_broker_id", lowest=0, highest=HIGHEST_NODE_ID),
        brokers=reader.integer("brokers", lowest=0, highest=MOST_NODES),
        external=_read_external(reader.section("external")) if reader.has("external") else None,
        pool=reader.optional_text("pool"),
        resources=_read_resources(reader.section("resources")) if reader.has("resources") else None,
        storage=_read_storage(reader.section("storage")) if reader.has("storage") else None,
        jvm=_read_jvm(reader.section("jvm")) if reader.has("jvm") else None,
        config=reader.settings("config"),
        pod=read_pod(reader.section("pod")) if reader.has("pod") else None,
    )


def _read_external(reader: Reader) -> External:
    external = External(
        host=reader.text("host"), first_node_port=reader.integer("first_node_port", lowest=1, highest=65535)
    )
    reader.finish()
    return external


def _read_server_rack(reader: Reader) -> ServerRack:
    return ServerRack(
        name=reader.text("name"),
        zone=reader.text("zone"),
        first_server_id=reader.integer("first_server_id", lowest=1, highest=254),
        servers=reader.integer("servers", lowest=1, highest=254),
    )


def _read_controller_rack(reader: Reader) -> ControllerRack:
    return ControllerRack(
        name=reader.text("name"),
        zone=reader.text("zone"),
        first_controller_id=reader.integer("first_controller_id", lowest=0, highest=HIGHEST_NODE_ID),
        controllers=reader.integer("controllers", lowest=1, highest=MOST_NODES),
    )

"""What must hold between the values of a cluster. Every rule reports all that breaks it; none stops the others."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from components.spec.access_checks import check_access
from components.spec.distributions import line_of
from components.spec.internal_topics import check_internal_topics
from components.spec.jvm_checks import check_jvm
from components.spec.key_checks import check_keys
from components.spec.model import ClusterSpec, KafkaSpec, NodeSpec, Rack
from components.spec.naming import (
    LABEL_RULE,
    SERVICE_RULE,
    WORKLOAD_LENGTH,
    is_label,
    is_registry,
    is_service_name,
)
from components.spec.node_checks import check_node
from components.spec.peer_checks import check_network_policies
from components.spec.pool_checks import check_pools
from components.spec.properties import SELECTOR
from components.spec.rack_checks import Section, check_external, check_racks
from components.spec.reading import Reader
from components.spec.version_checks import check_distribution
from components.spec.zookeeper_acl import check_zookeeper_acl
from components.spec.zookeeper_tls import check_zookeeper_tls
from contract import workload_name

_OTHER_MODE: Final[Mapping[str, str]] = {"zookeeper": "kraft", "controllers": "zookeeper"}


def check_cluster(spec: ClusterSpec, reader: Reader) -> None:
    """Report everything that cannot hold together; the spec's single values are known to be of the right type."""
    _check_names(spec, reader)
    known = check_distribution(spec.kafka, reader)
    _check_registry(spec.kafka, reader)
    _check_quorum(spec, reader)
    _check_replication(spec.kafka, reader)
    check_internal_topics(spec.kafka, reader)
    for section, node in sections(spec):
        check_racks(section, reader)
        check_node(section, node, reader)
        if known:
            check_keys(section, node.config, spec.kafka, reader)
            check_jvm(section, node, line_of(spec.kafka), reader)
    check_pools(spec.kafka, known, reader)
    check_external(spec.kafka.racks, reader)
    check_access(spec, reader)
    check_network_policies(spec, reader)
    check_zookeeper_tls(spec, reader)
    check_zookeeper_acl(spec, reader)
    _check_overlaps(spec, reader)
    _check_workloads(spec, reader)


def sections(spec: ClusterSpec) -> Iterator[tuple[Section, NodeSpec]]:
    """Yield the sections that have nodes, the quorum's first."""
    if spec.zookeeper:
        fields = ("first_server_id", "servers")
        yield Section.of("zookeeper", "zookeeper", spec.zookeeper.racks, fields), spec.zookeeper
    if spec.controllers:
        fields = ("first_controller_id", "controllers")
        yield Section.of("controllers", "controller", spec.controllers.racks, fields), spec.controllers
    yield Section.of("kafka", "broker", spec.kafka.racks, ("first_broker_id", "brokers")), spec.kafka


def _check_names(spec: ClusterSpec, reader: Reader) -> None:
    if not is_label(spec.namespace):
        why = "Kubernetes refuses this name for a namespace"
        reader.report("namespace", spec.namespace, allowed=LABEL_RULE, why=why, todo="choose another name")
    if not is_service_name(spec.kafka.name):
        why = "Services are named after the cluster, and Kubernetes would refuse them"
        reader.report("kafka.name", spec.kafka.name, allowed=SERVICE_RULE, why=why, todo="choose another name")


def _check_registry(kafka: KafkaSpec, reader: Reader) -> None:
    registry, field = kafka.image_registry, "kafka.image_registry"
    if registry is None:
        return
    if kafka.image is not None:
        why = "kafka.image names its registry itself"
        reader.report(field, registry, allowed="nothing beside kafka.image", why=why, todo="remove one of the two")
    elif not is_registry(registry):
        allowed, why = "a host, a port and a path if it has them: registry.example.com/mirror", "no image begins so"
        reader.report(field, registry, allowed=allowed, why=why, todo="leave out the scheme and the last slash")


def _check_quorum(spec: ClusterSpec, reader: Reader) -> None:
    mode = spec.kafka.mode
    wanted, quorum = ("zookeeper", spec.zookeeper) if mode == "zookeeper" else ("controllers", spec.controllers)
    unwanted, other = ("controllers", spec.controllers) if mode == "zookeeper" else ("zookeeper", spec.zookeeper)
    if quorum is None:
        why = f"in mode {mode} the brokers cannot start without a quorum"
        reader.report(wanted, None, allowed="an object with racks", why=why, todo="add it, with 1, 3 or 5 nodes in all")
    if other is not None:
        why = f"kafka.mode is {mode}, so nothing would use it"
        todo = f"remove the section, or set kafka.mode to {_OTHER_MODE[wanted]}"
        reader.report(unwanted, "a section", allowed="no such section", why=why, todo=todo)
    for field, racks in (("zookeeper", spec.zookeeper), ("controllers", spec.controllers)):
        if racks is not None:
            _check_odd(field, racks.racks, reader)


def _check_odd(field: str, racks: Sequence[Rack], reader: Reader) -> None:
    total = sum(rack.count for rack in racks)
    if total % 2 == 1:
        return
    if total == 0:
        why = "a quorum without members never elects a leader"
    else:
        why = f"{total} members survive the loss of no more of them than {total - 1} do, and the extra one can fail too"
    todo = "change the counts of the racks so that they add up to 1, 3, 5 or 7"
    reader.report(f"{field}.racks", f"{total} in all", allowed="an odd number in all", why=why, todo=todo)


def _check_replication(kafka: KafkaSpec, reader: Reader) -> None:
    brokers = sum(rack.brokers for rack in kafka.racks)
    held = [rack for rack in kafka.racks if rack.brokers > 0]
    # Pools of one rack are one; what has two names or two zones is reported as that.
    racks = max(len({rack.name for rack in held}), len({rack.zone for rack in held}))
    factor = kafka.replication_factor
    if brokers == 0:
        why = "a cluster without brokers stores nothing"
        todo = "add racks, one per zone, each with its brokers"
        reader.report("kafka.racks", "no brokers", allowed="at least one broker in all", why=why, todo=todo)
    elif factor > brokers:
        why = f"there are {brokers} brokers, and no two replicas of a partition may share one"
        todo = "lower it, or add brokers to the racks"
        reader.report("kafka.replication_factor", factor, allowed=f"1 to {brokers}", why=why, todo=todo)
    elif factor > racks and not kafka.allow_fewer_racks:
        why = f"with replicas in {racks} racks, the loss of one rack can take more than one replica of a partition"
        todo = (
            f"spread the brokers over {factor} racks, or accept it by name: {reader.spell('allow_fewer_racks')}: true"
        )
        reader.report("kafka.racks", f"{racks} racks with brokers", allowed=f"at least {factor}", why=why, todo=todo)
    if kafka.follower_fetching and SELECTOR in kafka.config:
        field, why = f"kafka.config.{SELECTOR}", f"{reader.spell('follower_fetching')} sets it already"
        given, allowed = kafka.config[SELECTOR], "one of the two"
        reader.report_key(field, given, allowed=allowed, why=why, todo="remove one of the two")
    if kafka.min_insync_replicas > factor:
        why = f"{reader.spell('replication_factor')} is {factor}, so acks=all could never be given"
        todo = f"choose {max(1, factor - 1)}, which lets one broker be down" if factor > 1 else "choose 1"
        field = "kafka.min_insync_replicas"
        reader.report(field, kafka.min_insync_replicas, allowed=f"1 to {factor}", why=why, todo=todo)


def _check_overlaps(spec: ClusterSpec, reader: Reader) -> None:
    """Report ids that two racks claim. ZooKeeper's ids are a space of their own; controllers share the brokers'."""
    known = [(section, index) for section, _ in sections(spec) for index in range(len(section.racks))]
    for (one, first), (other, second) in combinations(known, 2):
        if (one.component == "zookeeper") != (other.component == "zookeeper"):
            continue
        left, right = one.ids(first), other.ids(second)
        shared = range(max(left.start, right.start), min(left.stop, right.stop))
        if not shared:
            continue
        why = f"{_claimed(shared)} to {reader.at(one.field(first, one.first_field))}"
        todo = "leave a wide gap between racks, such as 0, 1000, 2000, so that each of them can grow"
        allowed = "ids that no other rack has"
        reader.report(other.field(second, other.first_field), right.start, allowed=allowed, why=why, todo=todo)


def _claimed(ids: range) -> str:
    if len(ids) == 1:
        return f"the id {ids.start} already belongs"
    return f"the ids {ids.start} to {ids.stop - 1} already belong"


def _check_workloads(spec: ClusterSpec, reader: Reader) -> None:
    taken: dict[str, str] = {}
    for section, _ in sections(spec):
        for index, rack in enumerate(section.racks):
            name, field = workload_name(spec.kafka.name, section.component, rack.pool_name), section.name_field(index)
            if len(name) > WORKLOAD_LENGTH:
                allowed = f"a name with which {name!r} has at most {WORKLOAD_LENGTH} characters"
                why = "the StatefulSet would be named so, and its pods' labels would be longer than Kubernetes allows"
                todo = "shorten the name of the cluster, of the rack or of the pool"
                reader.report(field, rack.pool_name, allowed=allowed, why=why, todo=todo)
            owner = taken.setdefault(name, field)
            if owner != field and not owner.startswith(f"{section.name}."):
                why = f"its StatefulSet would be {name}, which is that of {reader.at(owner)}"
                allowed = "a name that leads to a StatefulSet of its own"
                reader.report(field, rack.pool_name, allowed=allowed, why=why, todo="rename the rack or the pool")

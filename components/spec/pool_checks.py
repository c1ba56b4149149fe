"""Rules for broker pools: several may share a rack, and each may differ from the others in what its nodes get."""

from typing import Final

from components.spec.key_checks import check_keys
from components.spec.model import BrokerRack, KafkaSpec
from components.spec.node_checks import check_node
from components.spec.nodes import broker_of
from components.spec.properties import CONTROLLER_SHARES, SELECTOR
from components.spec.rack_checks import Section
from components.spec.reading import Reader

#: Keys that all brokers must agree on, beside those that the controllers act on.
_OF_THE_CLUSTER: Final = CONTROLLER_SHARES | {
    "authorizer.class.name",
    "inter.broker.protocol.version",
    "log.message.format.version",
    SELECTOR,
}


def check_pools(kafka: KafkaSpec, known: bool, reader: Reader) -> None:
    """Report what is wrong with a pool's own part; what the section has wrong for all of them is reported there.

    `known` says that the version is one, so that keys can be looked up.
    """
    for index, rack in enumerate(kafka.racks):
        path = f"kafka.racks[{index}]"
        for key in sorted(rack.config.keys() & _OF_THE_CLUSTER):
            why = "it is one decision of the whole cluster, and the brokers would disagree"
            todo = f"move it to {reader.at('kafka.config')}"
            allowed = "keys that each broker may have for itself"
            reader.report_key(f"{path}.config.{key}", rack.config[key], allowed=allowed, why=why, todo=todo)
        if known:
            check_keys(Section.of(path, "broker", kafka.racks, ("", "")), rack.config, kafka, reader)
        if _has_own(rack):
            _check_own(kafka, index, reader)


def _has_own(rack: BrokerRack) -> bool:
    return bool(rack.config) or any(part is not None for part in (rack.resources, rack.storage, rack.jvm, rack.pod))


def _check_own(kafka: KafkaSpec, index: int, reader: Reader) -> None:
    """Judge the pool's nodes as a section of their own, and leave out what the common one has wrong already."""
    common, inherited = reader.apart()
    check_node(Section.of("kafka", "broker", kafka.racks, ("", "")), kafka, common)
    known = {(problem.path.removeprefix(reader.at("kafka")), str(problem.given)) for problem in inherited}
    path = f"kafka.racks[{index}]"
    own, found = reader.apart()
    check_node(Section.of(path, "broker", kafka.racks, ("", "")), broker_of(kafka, kafka.racks[index]), own)
    reader.take(
        [problem for problem in found if (problem.path.removeprefix(reader.at(path)), str(problem.given)) not in known]
    )

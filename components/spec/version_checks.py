"""Rules for distribution, edition and version: what exists, and what fits together."""

import difflib
from typing import Final

from components.spec.distributions import DISTRIBUTIONS, Distribution
from components.spec.model import KafkaSpec
from components.spec.reading import Reader
from components.spec.versions import KAFKA_LINES, LAST_WITH_ZOOKEEPER, parse_version, refusal, runs

_EXAMPLE: Final = {"apache": "3.9.2", "confluent": "7.9.4"}


def check_distribution(kafka: KafkaSpec, reader: Reader) -> bool:
    """Report a distribution, an edition or a version that does not exist, or does not run in the mode.

    Returns whether it is known which line of Kafka was meant, so that its keys can be checked.
    """
    distribution = DISTRIBUTIONS.get(kafka.distribution)
    if distribution is None:
        allowed = " or ".join(DISTRIBUTIONS)
        near = difflib.get_close_matches(kafka.distribution, DISTRIBUTIONS, n=1)
        todo = f"did you mean {near[0]}" if near else f"write {allowed}"
        why = "there is no distribution of this name"
        reader.report("kafka.distribution", kafka.distribution, allowed=allowed, why=why, todo=todo)
        return False
    _check_edition(distribution, kafka, reader)
    _check_version(distribution, kafka, reader)
    _check_metadata_version(distribution, kafka, reader)
    version = parse_version(kafka.version)
    return version is not None and version.line in distribution.lines


def _check_metadata_version(distribution: Distribution, kafka: KafkaSpec, reader: Reader) -> None:
    """Report feature levels that the version cannot have."""
    version, given = parse_version(kafka.version), kafka.metadata_version
    if given is None or version is None or version.line not in distribution.lines:
        return
    own = distribution.lines[version.line].kafka
    lines = [line for line, found in KAFKA_LINES.items() if found.dynamic_quorum]
    fitting = lines[: lines.index(own) + 1] if own in lines else []
    allowed = ", ".join(fitting) or "nothing"
    if kafka.mode == "zookeeper":
        why = "with ZooKeeper there are no feature levels; brokers agree on inter.broker.protocol.version"
        reader.report("kafka.metadata_version", given, allowed="nothing", why=why, todo="remove it")
    elif given not in fitting:
        why = f"the nodes run Kafka {own}, and feature levels are named by Kafka's own lines up to that"
        reader.report("kafka.metadata_version", given, allowed=allowed, why=why, todo=f"write {own}, or an older line")


def _check_edition(distribution: Distribution, kafka: KafkaSpec, reader: Reader) -> None:
    if kafka.edition is None or kafka.edition in distribution.editions:
        return
    editions = [edition for edition in distribution.editions if edition]
    if not editions:
        allowed, why = "no edition", f"{distribution.product} comes in one edition only"
        todo = "remove it"
    else:
        allowed, why = " or ".join(editions), f"{distribution.product} has no edition of this name"
        near = difflib.get_close_matches(kafka.edition, editions, n=1)
        todo = f"did you mean {near[0]}" if near else f"write {allowed}, or leave it out for {editions[0]}"
    reader.report("kafka.edition", kafka.edition, allowed=allowed, why=why, todo=todo)


def _check_version(distribution: Distribution, kafka: KafkaSpec, reader: Reader) -> None:
    version = parse_version(kafka.version)
    fitting = [own for own, line in distribution.lines.items() if runs(line, kafka.mode)]
    allowed = f"three numbers such as {_EXAMPLE[distribution.name]}; in mode {kafka.mode}, one of {', '.join(fitting)}"
    if version is None:
        why = f"this is not a version of {distribution.product}"
        todo = "write the full version: its line, and the patch"
        reader.report("kafka.version", kafka.version, allowed=allowed, why=why, todo=todo)
        return
    why = refusal(distribution.product, version.line, distribution.lines, kafka.mode)
    if why is None:
        return
    other = next((one for one in DISTRIBUTIONS.values() if one != distribution and version.line in one.lines), None)
    todo = "choose another version, or another mode"
    if version.line not in distribution.lines and other is not None:
        todo = f"{version.line} is a line of {other.product}: choose one of {distribution.product}'s own"
    elif kafka.mode == "zookeeper" and version.line in distribution.lines:
        todo = f"choose a version up to Kafka {LAST_WITH_ZOOKEEPER}, or mode kraft for a new cluster"
    reader.report("kafka.version", kafka.version, allowed=allowed, why=why, todo=todo)

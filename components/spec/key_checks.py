"""Rules for the keys of Kafka and ZooKeeper that a user sets: whose they are, whether they exist, what they take."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from components.spec.distributions import distribution_of, line_of
from components.spec.keys import LOOKED_UP, allowed_instead, is_password, keys_of, lines_with
from components.spec.model import ClusterSpec, KafkaSpec, NodeSpec
from components.spec.ownership import owner_reason
from components.spec.rack_checks import Section
from components.spec.reading import Reader
from components.spec.versions import KAFKA_LINES
from components.spec.zookeeper_checks import check_server_key

#: How alike an unknown key and a known one are when the one is taken for a slip of the other. Plugins have keys of
#: their own, which are further from Kafka's than this.
_SLIP: Final = 0.9
_LISTENER: Final = "listener.name."
#: The authorizers that come with Kafka read these themselves, so that its own table does not have them.
_AUTHORIZERS: Final = frozenset({"allow.everyone.if.no.acl.found", "super.users"})
_ZOOKEEPER: Final = "zookeeper."
#: Stands in an error for what is not repeated there.
_IN_CLEAR: Final = "a password in clear"

#: What took the place of keys that a later line no longer has. Kafka itself ignores them, or refuses to start.
_REPLACED: Final[Mapping[str, str]] = {
    "auto.include.jmx.reporter": "name org.apache.kafka.common.metrics.JmxReporter in metric.reporters instead",
    "controlled.shutdown.max.retries": "remove it: a KRaft broker asks its controller until it may go",
    "controlled.shutdown.retry.backoff.ms": "remove it: a KRaft broker asks its controller until it may go",
    "delegation.token.master.key": "use delegation.token.secret.key",
    "eligible.leader.replicas.enable": "remove it: it is the feature level eligible.leader.replicas.version",
    "inter.broker.protocol.version": "remove it: it is the feature level metadata.version",
    "leader.imbalance.per.broker.percentage": "remove it: KRaft gives leaders back whatever the imbalance",
    "log.message.downconversion.enable": "remove it: clients that old are no longer served",
    "log.message.format.version": "remove it: messages have the one format that there is",
    "log.message.timestamp.difference.max.ms": (
        "use log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms"
    ),
    "offsets.commit.required.acks": "remove it: offsets are committed with acks=all",
}


def check_keys(section: Section, config: Mapping[str, str], kafka: KafkaSpec, reader: Reader) -> None:
    """Report keys that are the platform's, that do not exist or not in this version, and values that they refuse."""
    for key, value in config.items():
        reason = _owner(section, key, kafka)
        path = f"{section.name}.config.{key}"
        if reason is not None:
            why, todo = "the platform writes this key itself", f"remove it: {reason}"
            given = _IN_CLEAR if is_password(key, line_of(kafka).kafka) else value
            reader.report_key(path, given, allowed="keys that the platform does not write", why=why, todo=todo)
        elif not key or any(character.isspace() or character in "=:#!@" for character in key):
            why, todo = "no key of a properties file looks so", "correct its spelling"
            reader.report_key(path, key, allowed="a key of Kafka or ZooKeeper", why=why, todo=todo)
        elif section.component == "zookeeper":
            check_server_key(path, key, value, reader)
        else:
            _check_kafka_key(path, (key, value), kafka, reader)


def unknown_keys(spec: ClusterSpec) -> Iterator[str]:
    """Yield a sentence for each key that passes although this version of Kafka does not define it."""
    given: list[tuple[str, NodeSpec | None]] = [("kafka", spec.kafka), ("controllers", spec.controllers)]
    for section, node in given:
        for key in sorted(node.config if node else ()):
            if not _is_known(key, spec.kafka):
                product = f"Kafka {line_of(spec.kafka).kafka}"
                yield f"{section}.config.{key}: {product} defines no such key; it is passed on, for a plugin to read"


def _owner(section: Section, key: str, kafka: KafkaSpec) -> str | None:
    owned = distribution_of(kafka).edition(kafka).owned
    if section.component != "zookeeper" and key in owned:
        return owned[key][1]
    return owner_reason(section.component, key)


def _is_known(key: str, kafka: KafkaSpec) -> bool:
    prefixes = (*distribution_of(kafka).edition(kafka).prefixes, _LISTENER)
    return key in keys_of(line_of(kafka).kafka) or key in _AUTHORIZERS or key.startswith(prefixes)


def _check_kafka_key(path: str, given: tuple[str, str], kafka: KafkaSpec, reader: Reader) -> None:
    (name, value), line = given, line_of(kafka).kafka
    known = keys_of(line)
    if name.startswith(_ZOOKEEPER) and kafka.mode == "kraft":
        why, todo = "mode kraft has no ZooKeeper, so nothing would read it", "remove it"
        reader.report_key(path, value, allowed=f"a key of Kafka {line} in KRaft", why=why, todo=todo)
    elif is_password(name, line) and value.strip() and LOOKED_UP not in value:
        why = "it is a password, and would stand in a ConfigMap and in the plan for everybody who may read those"
        todo = (
            "mount its Secret by pod.volumes, say at /etc/secrets, set config.providers: secrets and "
            "config.providers.secrets.class: org.apache.kafka.common.config.provider.DirectoryConfigProvider, and "
            "write ${secrets:/etc/secrets:KEY} here"
        )
        reader.report_key(
            path, "a password in clear", allowed="a value that Kafka looks up, ${...}", why=why, todo=todo
        )
    elif name in known:
        allowed = None if LOOKED_UP in value else allowed_instead(known[name], value)
        if allowed is not None:
            why = f"Kafka {line} would refuse to start with it ({known[name].type}, default {known[name].default})"
            reader.report_key(path, value, allowed=allowed, why=why, todo="write a value that is allowed")
    elif not _is_known(name, kafka):
        _check_unknown(path, name, line, reader)


def _check_unknown(path: str, name: str, line: str, reader: Reader) -> None:
    """Report a key that this line does not know, if it is another line's or looks like a slip."""
    allowed, other = f"a key of Kafka {line}", of_another_line(lines_with(name), line, "would ignore it")
    if other is not None:
        why, later = other
        reader.report_key(path, name, allowed=allowed, why=why, todo=later or _REPLACED.get(name, "remove it"))
        return
    near = nearest(name, keys_of(line), _SLIP)
    if near is not None:
        why = f"Kafka {line} has no such key, and would ignore it without a word"
        reader.report_key(path, name, allowed=allowed, why=why, todo=f"did you mean {near}")


def of_another_line(lines: Sequence[str], line: str, fate: str) -> tuple[str, str] | None:
    """Return why a line does not know a key that these lines know, and what to do when it came later.

    None when no line knows it. `fate` is what the line does with a key that it does not know.
    """
    if not lines:
        return None
    order = list(KAFKA_LINES)
    after = order.index(lines[-1]) + 1
    if after <= order.index(line):
        return f"Kafka {order[after]} removed it; {lines[-1]} was the last line that had it", ""
    return f"it came with Kafka {lines[0]}, and {line} {fate}", "remove it, or choose a later version"


def nearest(name: str, known: Iterable[str], likeness: float) -> str | None:
    """Return the known key that this one is taken for a slip of, if there is one that is so like it."""
    # Written as an environment variable of an image, a key looks so.
    spelled = name.lower().replace("_", ".")
    return next(iter(difflib.get_close_matches(spelled, known, n=1, cutoff=likeness)), None)

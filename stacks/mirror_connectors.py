"""What a mirror becomes: MirrorMaker's three connectors, and what the workers' user must be allowed for them.

- `source` copies records. The source cluster is only read: the record of which offset here stands for which one there
  lies in this cluster (KIP-716).
- `checkpoint` translates the offsets of groups by that record.
- `heartbeat` writes to the source, with a producer that goes there instead of here, what `source` then brings along.

No password is in any of them: they say in which mounted Secret the worker finds it, and Connect keeps that reference.
"""

from collections.abc import Sequence
from typing import Final

from components.spec.access_properties import security_protocol
from components.spec.model import ClusterSpec
from components.spec.services.connect import NAME as CONNECT
from components.spec.services.kafka_access import (
    Papers,
    bootstrap,
    client_properties,
    looked_up,
    named_grants,
    papers_properties,
    topic_grants,
)
from components.spec.services.model import ConnectSpec
from components.spec.services.service import SECRETS_MOUNT, Grant
from contract import SECRET_PASSWORD, SECRET_USER
from hooks.providers.connectors import ConnectorArgs
from stacks.mirrors import MirrorSettings, MirrorSourceSettings
from stacks.patterns import expression

_PACKAGE: Final = "org.apache.kafka.connect.mirror"
_POLICIES: Final = {
    "prefix": f"{_PACKAGE}.DefaultReplicationPolicy",
    "identity": f"{_PACKAGE}.IdentityReplicationPolicy",
}
_BYTES: Final = "org.apache.kafka.connect.converters.ByteArrayConverter"
#: What MirrorMaker leaves out by default, which another list would take in.
_NEVER: Final = (r"mm2.*\.internal", r".*\.replica", "__.*")
#: The factor that the source itself gives to its topics.
_FACTOR_OF_THE_SOURCE: Final = "-1"
_OWN: Final = ("Read", "Write", "Create", "Describe", "DescribeConfigs")
#: Partitions are added, and settings follow, as they do in the source.
_KEPT_ALIKE: Final = ("Alter", "AlterConfigs")


def mirror_args(spec: ClusterSpec, connect: ConnectSpec, mirrors: Sequence[MirrorSettings]) -> dict[str, ConnectorArgs]:
    """Return what the Connectors hook is told of the mirrors, by connector."""
    return {name: args for mirror in mirrors for name, args in _connectors(spec, connect, mirror).items()}


def connector_names(mirror: MirrorSettings) -> dict[str, str]:
    """Return the connectors of a mirror by what they do."""
    kinds = ["source"] + ["checkpoint"] * bool(mirror.groups) + ["heartbeat"] * mirror.heartbeats
    return {kind: f"mirror-{mirror.name}-{kind}" for kind in kinds}


def written_topics(mirror: MirrorSettings) -> tuple[str, ...]:
    """Return the topics here that the mirror keeps like those of its source; a last asterisk stands for any rest."""
    return (f"{mirror.name}{mirror.separator}*",) if mirror.policy == "prefix" else mirror.topics


def mirror_grants(mirrors: Sequence[MirrorSettings]) -> tuple[Grant, ...]:
    """Return what the workers' user needs here beside what it needs anyway."""
    return tuple(grant for mirror in mirrors for grant in _grants(mirror))


def _grants(mirror: MirrorSettings) -> tuple[Grant, ...]:
    mark, groups = mirror.separator, mirror.groups if mirror.sync_group_offsets else ()
    syncs = f"mm2-offset-syncs{mark}{mirror.name}{mark}internal"
    own = [f"{mirror.name}{mark}heartbeats", f"{mirror.name}{mark}checkpoints{mark}internal"]
    return (
        *topic_grants(written_topics(mirror), *_OWN, *_KEPT_ALIKE),
        *topic_grants((syncs, *(own if mirror.policy == "identity" else ())), *_OWN, *_KEPT_ALIKE),
        *named_grants("group", groups, ("Read", "Describe")),
    )


def _connectors(spec: ClusterSpec, connect: ConnectSpec, mirror: MirrorSettings) -> dict[str, ConnectorArgs]:
    there, here = _source_client(mirror.from_), _target_client(spec, connect)
    base = _base(mirror)
    both = base | _prefixed("source.cluster.", there) | _prefixed("target.cluster.", here)
    configs = {
        "source": {**mirror.config, **both, **_copying(mirror)},
        "checkpoint": {**mirror.config, **both, **_translating(mirror)},
        "heartbeat": {
            **base,
            **_prefixed("target.cluster.", there),
            **_prefixed("producer.override.", there),
            "heartbeats.topic.replication.factor": _FACTOR_OF_THE_SOURCE,
        },
    }
    return {
        name: {
            "class": f"{_PACKAGE}.Mirror{kind.title()}Connector",
            "tasks": 1 if kind == "heartbeat" else mirror.tasks,
            "config": configs[kind],
            "state": mirror.state,
            # The others come and go with what is asked of the mirror.
            "deletionProtection": mirror.deletion_protection and kind == "source",
            "origin": f"connect.mirrors[{mirror.name}]",
        }
        for kind, name in connector_names(mirror).items()
    }


def _base(mirror: MirrorSettings) -> dict[str, str]:
    return {
        "source.cluster.alias": mirror.name,
        "target.cluster.alias": mirror.target_alias,
        "replication.policy.class": _POLICIES[mirror.policy],
        "replication.policy.separator": mirror.separator,
        # Connect's own converters would wrap keys, values and headers that are bytes already.
        **{f"{part}.converter": _BYTES for part in ("key", "value", "header")},
    }


def _copying(mirror: MirrorSettings) -> dict[str, str]:
    every = str(mirror.refresh_seconds)
    once = {"exactly.once.support": "required", "consumer.isolation.level": "read_committed"}
    return {
        "topics": ",".join(map(expression, mirror.topics)),
        "topics.exclude": ",".join((*_NEVER, *map(expression, mirror.exclude))),
        "replication.factor": str(mirror.replication_factor),
        "offset-syncs.topic.location": "target",
        "offset-syncs.topic.replication.factor": str(mirror.replication_factor),
        "refresh.topics.interval.seconds": every,
        "sync.topic.configs.enabled": str(mirror.sync_topic_configs).lower(),
        "sync.topic.configs.interval.seconds": every,
        # Who may do what here is said by this stack alone.
        "sync.topic.acls.enabled": "false",
        "heartbeats.replication.enabled": str(mirror.heartbeats).lower(),
        **(once if mirror.exactly_once else {}),
    }


def _translating(mirror: MirrorSettings) -> dict[str, str]:
    every = str(mirror.offsets_seconds)
    return {
        "topics": ",".join(map(expression, mirror.topics)),
        "topics.exclude": ",".join((*_NEVER, *map(expression, mirror.exclude))),
        "groups": ",".join(map(expression, mirror.groups)),
        "offset-syncs.topic.location": "target",
        "checkpoints.topic.replication.factor": str(mirror.replication_factor),
        "emit.checkpoints.interval.seconds": every,
        "refresh.groups.interval.seconds": str(mirror.refresh_seconds),
        "sync.group.offsets.enabled": str(mirror.sync_group_offsets).lower(),
        "sync.group.offsets.interval.seconds": every,
    }


def _source_client(source: MirrorSourceSettings) -> dict[str, str]:
    folder = f"{SECRETS_MOUNT}/{source.secret}"
    login = source.authentication not in {"none", "mtls"}
    papers = Papers(
        certificates=folder,
        tls=source.tls,
        certificate=source.authentication == "mtls",
        mechanism=source.authentication.upper() if login else None,
        user=looked_up(folder, SECRET_USER),
        password=looked_up(folder, SECRET_PASSWORD),
    )
    return {
        "bootstrap.servers": ",".join(source.bootstrap),
        # Always said: the workers' own producers have another one.
        "security.protocol": security_protocol(tls=source.tls, authentication="plain" if login else "none"),
        **papers_properties(papers),
    }


def _target_client(spec: ClusterSpec, connect: ConnectSpec) -> dict[str, str]:
    return {
        "bootstrap.servers": bootstrap(spec, connect.kafka),
        **client_properties(spec, CONNECT, connect.kafka),
    }


def _prefixed(prefix: str, properties: dict[str, str]) -> dict[str, str]:
    return {f"{prefix}{key}": value for key, value in properties.items()}

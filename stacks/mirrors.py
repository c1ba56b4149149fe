"""The mirrors of a stack file: clusters whose topics Kafka's MirrorMaker copies here, read and checked as a whole.

A mirror runs in the stack's own Kafka Connect. stacks/mirror_checks.py has the rules, stacks/mirror_connectors.py the
connectors that it becomes, which go to the hook of all connectors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from components.spec.model import ClusterSpec
from components.spec.reading import Reader
from components.spec.services.model import ConnectSpec, Services
from stacks.connectors import MOST_TASKS, STATES

AUTHENTICATIONS = ("none", "mtls", "scram-sha-256", "scram-sha-512", "plain")
POLICIES = ("prefix", "identity")
_LONGEST_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class MirrorSourceSettings:
    """The cluster that a mirror reads, and as whom. It needs no more there than to read its topics, to describe them
    with their settings, and to describe its groups; with heartbeats also to create and write the topic `heartbeats`.
    """

    bootstrap: tuple[str, ...]
    """Where it begins, each `HOST:PORT`, as the workers' pods reach it."""
    tls: bool
    """Whether it speaks TLS. Default false."""
    authentication: str
    """What it asks for: `none` (the default), `mtls`, `scram-sha-256`, `scram-sha-512` or `plain`."""
    secret: str | None
    """Secret in the namespace of the stack, mounted into the workers: with TLS `ca.crt`, the authority that the source
    is checked by; for `mtls` also `tls.crt` and `tls.key`; for a password `username` and `password`."""
    allow_without_tls: bool
    """Whether a password may be sent to a source without TLS. Default false."""


@dataclass(frozen=True, kw_only=True)
class MirrorSettings:
    """One mirror: topics of another cluster copied here by the workers of `connect`, partition by partition and in
    order, at least once. It becomes the connectors `mirror-NAME-source`, `mirror-NAME-checkpoint` and
    `mirror-NAME-heartbeat`.
    """

    name: str
    """Name, which is what the source is called here. Topics `orders` become `NAME.orders`."""
    from_: MirrorSourceSettings
    """The cluster that is read."""
    topics: tuple[str, ...]
    """Topics that are mirrored, those that are made later too; a last asterisk stands for any rest."""
    exclude: tuple[str, ...]
    """Topics of these that are not. Kafka's own, those of MirrorMaker and those that came from here never are."""
    groups: tuple[str, ...]
    """Consumer groups whose offsets are translated to the topics here; a last asterisk stands for any rest. None when
    left out, and then there is no connector for them."""
    sync_group_offsets: bool
    """Whether translated offsets are committed here, for groups that nobody is in here. Default true; otherwise they
    are in the topic `NAME.checkpoints.internal` alone."""
    sync_topic_configs: bool
    """Whether the topics here have the settings of those that they come from, now and later, but for
    `min.insync.replicas` and other local ones. Default true."""
    heartbeats: bool
    """Whether a heartbeat is written every second to the topic `heartbeats` of the source, and mirrored as all else is,
    to `NAME.heartbeats`: it proves the whole way. Default true."""
    policy: str
    """How topics are named here: `prefix` (the default, `NAME.orders`) or `identity` (`orders`), by which two clusters
    must never mirror the same topics to each other."""
    separator: str
    """What stands between name and topic. Default `.`; all clusters that mirror each other must have the same one."""
    target_alias: str
    """What this cluster is called in the mirror of another stack that reads from it: its topics that begin so are not
    taken back. Default the cluster's name."""
    replication_factor: int
    """Replicas of the topics here, `kafka.replicationFactor` when left out. For topics that are made from then on."""
    tasks: int
    """How many tasks share the topics, and the groups. Default 1."""
    exactly_once: bool
    """Whether each record comes exactly once, and those of aborted transactions never: by transactions of the workers,
    for which `connect.config` needs `exactly.once.source.support: enabled`. Default false."""
    refresh_seconds: int
    """How often new topics, partitions, groups and settings are looked for. Default 60."""
    offsets_seconds: int
    """How often offsets of groups are translated. Default 60."""
    config: Mapping[str, str]
    """MirrorMaker's other keys, such as `offset.lag.max`, and those of clients, such as `consumer.fetch.max.bytes`."""
    state: str
    """`running` (the default), `paused` (keeps its tasks) or `stopped` (gives them up). It goes on where it was."""
    deletion_protection: bool
    """Whether taking the mirror out of the list is refused. Default true. Without it its connectors are deleted then;
    topics and offsets stay, so that a mirror of the same name goes on where it was. The last one goes by `mirrors: []`;
    without any list, all connectors stay as they are."""


def read_mirrors(reader: Reader, spec: ClusterSpec) -> tuple[MirrorSettings, ...] | None:
    """Read the list `connect.mirrors`; None where it is left out."""
    section = reader.section("connect") if reader.has("connect") else None
    if section is None or not section.present("mirrors"):
        return None
    return tuple(_read(each, spec) for each in section.sections("mirrors"))


def with_mirrors(services: Services, mirrors: Sequence[MirrorSettings] | None) -> Services:
    """Return the services whose workers have the Secrets of the mirrors mounted."""
    connect = services.connect
    if connect is None or not mirrors:
        return services
    return replace(services, connect=replace(connect, secrets=_secrets(connect, mirrors)))


def _secrets(connect: ConnectSpec, mirrors: Sequence[MirrorSettings]) -> tuple[str, ...]:
    named = (mirror.from_.secret for mirror in mirrors)
    return tuple(dict.fromkeys((*connect.secrets, *(name for name in named if name is not None))))


def _read(reader: Reader, spec: ClusterSpec) -> MirrorSettings:
    mirror = MirrorSettings(
        name=reader.text("name"),
        from_=_read_source(reader.section("from_", required=True)),
        topics=reader.texts("topics"),
        exclude=reader.texts("exclude"),
        groups=reader.texts("groups"),
        sync_group_offsets=reader.boolean("sync_group_offsets", default=True),
        sync_topic_configs=reader.boolean("sync_topic_configs", default=True),
        heartbeats=reader.boolean("heartbeats", default=True),
        policy=reader.optional_text("policy", choices=POLICIES) or "prefix",
        separator=reader.optional_text("separator") or ".",
        target_alias=reader.optional_text("target_alias") or spec.kafka.name,
        replication_factor=reader.integer(
            "replication_factor", lowest=1, highest=1000, default=spec.kafka.replication_factor
        ),
        tasks=reader.integer("tasks", lowest=1, highest=MOST_TASKS, default=1),
        exactly_once=reader.boolean("exactly_once", default=False),
        refresh_seconds=reader.integer("refresh_seconds", lowest=1, highest=_LONGEST_SECONDS, default=60),
        offsets_seconds=reader.integer("offsets_seconds", lowest=1, highest=_LONGEST_SECONDS, default=60),
        config=reader.settings("config"),
        state=reader.optional_text("state", choices=STATES) or "running",
        deletion_protection=reader.boolean("deletion_protection", default=True),
    )
    reader.finish()
    return mirror


def _read_source(reader: Reader) -> MirrorSourceSettings:
    source = MirrorSourceSettings(
        bootstrap=reader.texts("bootstrap"),
        tls=reader.boolean("tls", default=False),
        authentication=reader.optional_text("authentication", choices=AUTHENTICATIONS) or "none",
        secret=reader.optional_text("secret"),
        allow_without_tls=reader.boolean("allow_without_tls", default=False),
    )
    reader.finish()
    return source

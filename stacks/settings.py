"""Stack configuration to frozen Settings. Every error names the config path, and all of them are reported together.

Nothing here knows Pulumi or does I/O: a mapping comes in. What only the live cluster can tell is the preflight's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from components.spec.model import ClusterSpec
from components.spec.parsing import read_cluster
from components.spec.problems import Problem, SpecError
from components.spec.reading import Reader, camel_case
from components.spec.services.model import Services
from components.spec.services.parsing import read_services
from components.spec.topology import broker_pools
from components.spec.values import all_values, is_sequence, whole
from hooks.planner.text import ids
from stacks.connectors import ConnectorSettings, read_connectors
from stacks.mirror_checks import check_beside, check_mirrors
from stacks.mirror_connectors import mirror_grants
from stacks.mirrors import MirrorSettings, read_mirrors, with_mirrors
from stacks.plain_users import check_logins
from stacks.quotas import ClientQuotaSettings, check_quotas, read_quotas
from stacks.schemas import ReadFile, SchemasSettings, read_schemas, unread
from stacks.service_users import with_service_users
from stacks.topics import TopicSettings, read_topics
from stacks.updates import Updates, read_updates
from stacks.users import UserSettings, read_users

PROJECT: Final = "kafka-platform"


@dataclass(frozen=True, kw_only=True)
class KubernetesSettings:
    """Which Kubernetes cluster the stack runs on."""

    kubeconfig: str | None = None
    """Path of the kubeconfig; None leaves it to KUBECONFIG and the home folder."""
    context: str | None = None
    """Context in it; None is the current one."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """When an `up` levels the brokers, and how much it copies for that."""

    threshold_percent: int = 20
    """How far, in percent, a broker's bytes may be from its share by capacity. Past it replicas, leaders and bytes are
    evened out with the fewest copies, bytes to within 2 %; under it nothing moves. Default 20."""
    bytes_per_run: int = 0
    """Most bytes that one `up` copies, those first that bring the most; the next one goes on. Default 0, which sets no
    limit."""


@dataclass(frozen=True, kw_only=True)
class Rebalance:
    """How replicas move."""

    bandwidth_bytes_per_second: int = 100_000_000
    """What a broker may send, and may receive, of replicas in a second, ordinary replication included; what moves is
    throttled to the rest. 0 sets no throttle."""
    after_growth: bool = False
    """Whether, once a broker holds less than nine tenths of its share, as new ones do, replicas, leaders and bytes are
    evened out over all brokers with the fewest copies, after everything else. Without it new brokers get new topics
    only."""
    frozen_topics: tuple[str, ...] = ()
    """Topics that no growth, levelling or shrink moves, leaders included. A shrink of brokers that hold them is
    refused."""
    lost_brokers: tuple[int, ...] = ()
    """Ids of brokers whose data or machine is gone for good or for long. While such a broker is down, an `up` makes its
    replicas anew on live brokers, racks kept, and waits for it no more; a partition without another in-sync replica is
    left as it is, and named. Take the id out once the broker is back: it holds nothing then, and gets new topics, and
    replicas by `afterGrowth` or `level`."""
    internal_topics: bool = False
    """Whether the topics that Kafka keeps for itself get the replication factor that the spec gives them, also
    afterwards: `offsets.topic.replication.factor` and its like in `kafka.config`, else `kafka.replicationFactor`.
    Without it they keep what they were made with."""
    level: Level | None = None
    """When brokers are levelled: with `{}` once the data of a broker is 20 % away from its share by capacity, after
    everything else and in a run that moves nothing else. Never when left out."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a stack file says, checked."""

    kubernetes: KubernetesSettings
    cluster: ClusterSpec
    updates: Updates
    rebalance: Rebalance
    deletion_protection: bool
    """Whether a destroy, or the removal of the cluster from the program, is refused."""
    topics: tuple[TopicSettings, ...] = ()
    users: tuple[UserSettings, ...] = ()
    quotas: tuple[ClientQuotaSettings, ...] = ()
    services: Services = field(default_factory=Services)
    connectors: tuple[ConnectorSettings, ...] | None = None
    """None leaves the connectors of the workers to others."""
    mirrors: tuple[MirrorSettings, ...] | None = None
    """None leaves the mirrors of the workers to others."""
    schemas: SchemasSettings | None = None
    """None leaves the schemas of the registry to others."""


def parse_settings(
    config: Mapping[str, object], secret_keys: Collection[str] = (), read_file: ReadFile = unread
) -> Settings:
    """Return the settings of a stack, given its configuration by key without the project's prefix.

    `secret_keys` are those that hold a Pulumi secret; `read_file` returns the text of a file beside the stack.
    Raises SpecError with every problem that was found.
    """
    reader, problems = Reader.root(config, path=f"{PROJECT}:", spelling=camel_case)
    cluster = read_cluster(reader)
    mirrors = read_mirrors(reader, cluster)
    services = with_mirrors(read_services(reader, cluster, beside=("connectors", "mirrors")), mirrors)
    users = read_users(reader, cluster.kafka, secret="users" in secret_keys)
    if reader.clean:
        check_logins(cluster, users, reader)
    if reader.clean:
        users = with_service_users(users, cluster, services, reader, {"connect": mirror_grants(mirrors or ())})
    settings = Settings(
        kubernetes=_read_kubernetes(reader.section("kubernetes")),
        cluster=cluster,
        updates=read_updates(reader.section("updates")),
        rebalance=_read_rebalance(reader.section("rebalance"), cluster),
        deletion_protection=reader.boolean("deletion_protection", default=True),
        topics=read_topics(reader, cluster.kafka),
        users=users,
        quotas=read_quotas(reader),
        services=services,
        connectors=read_connectors(reader, cluster, services.connect),
        mirrors=mirrors,
        schemas=read_schemas(reader, services.schema_registry, read_file),
    )
    _check_mirrors(settings, reader)
    check_quotas(settings.quotas, [(user.name, user.quotas is not None) for user in users], reader)
    reader.finish()
    if problems:
        secrets = {repr(value) for key in secret_keys for value in all_values(config.get(key))}
        raise SpecError([_without_secrets(problem, secrets) for problem in problems])
    return settings


def _check_mirrors(settings: Settings, reader: Reader) -> None:
    """Report what is wrong with mirrors, by themselves and beside what else the stack has."""
    if not settings.mirrors or not reader.clean:
        return
    connect, readers = settings.services.connect, reader.section("connect").sections("mirrors")
    assert connect is not None
    check_mirrors(settings.cluster, connect, settings.mirrors, readers)
    if reader.clean:
        check_beside(settings.mirrors, readers, settings.connectors or (), settings.topics)


def _without_secrets(problem: Problem, secrets: Collection[str]) -> Problem:
    """Return the problem without the value that was given, where that is a secret or a part of one."""
    return replace(problem, given="a secret, or a part of one") if repr(problem.given) in secrets else problem


def _read_kubernetes(reader: Reader) -> KubernetesSettings:
    settings = KubernetesSettings(
        kubeconfig=reader.optional_text("kubeconfig"), context=reader.optional_text("context")
    )
    reader.finish()
    return settings


def _read_level(reader: Reader) -> Level:
    default = Level()
    level = Level(
        threshold_percent=reader.integer(
            "threshold_percent", lowest=3, highest=1000, default=default.threshold_percent
        ),
        bytes_per_run=reader.integer("bytes_per_run", lowest=0, highest=10**18, default=default.bytes_per_run),
    )
    reader.finish()
    return level


def _read_rebalance(reader: Reader, cluster: ClusterSpec) -> Rebalance:
    default = Rebalance()
    rebalance = Rebalance(
        bandwidth_bytes_per_second=reader.integer(
            "bandwidth_bytes_per_second", lowest=0, highest=10**12, default=default.bandwidth_bytes_per_second
        ),
        after_growth=reader.boolean("after_growth", default=default.after_growth),
        frozen_topics=reader.texts("frozen_topics"),
        internal_topics=reader.boolean("internal_topics", default=default.internal_topics),
        lost_brokers=_read_lost_brokers(reader, cluster),
        level=_read_level(reader.section("level")) if reader.has("level") else None,
    )
    reader.finish()
    return rebalance


def _read_lost_brokers(reader: Reader, cluster: ClusterSpec) -> tuple[int, ...]:
    """Return the ids, and report what is no broker's id, or every broker's."""
    field = "lost_brokers"
    if not reader.present(field):
        return ()
    given = reader.values[reader.spell(field)]
    lost = [whole(item) for item in given] if is_sequence(given) else []
    found = tuple(sorted({number for number in lost if number is not None}))
    known = {node for pool in broker_pools(cluster) for node in pool.ids} if reader.clean else set(found)
    allowed = f"a list of ids of brokers that the spec has: {ids(known)}"
    if not is_sequence(given) or None in lost:
        reader.report(field, given, allowed=allowed, why="it names brokers by their ids", todo="write such a list")
    elif strangers := set(found) - known:
        why = f"{ids(strangers)} is no broker's id; what a pool gives up by its count is drained without this"
        reader.report(field, given, allowed=allowed, why=why, todo="name brokers that stay in the spec")
    elif reader.clean and found and known == set(found):
        why = "no broker would be left to copy from"
        reader.report(field, given, allowed=f"some of {ids(known)}, not all", why=why, todo="name fewer")
    return found

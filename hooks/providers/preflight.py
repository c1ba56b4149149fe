"""What only the live cluster can tell before anything is registered: asked by the program, in previews and updates.

Refused here are a moved first id, a renamed pool, a volume that shrinks or cannot grow, a count that would take brokers
or voters away, a change between ZooKeeper and KRaft, another authority behind the certificates in one step, a version
that does not know the feature levels of the cluster, and, with ZooKeeper, one that would change how brokers speak to
each other while they restart. A cluster that is not there yet, or does not answer, is no problem of the spec: that is
told apart, since only an update must stop for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contract import CertificateArgs, Component, ZooKeeperAcl, zookeeper_login_secret
from hooks.clients.connection import Connection
from hooks.interfaces import HookError
from hooks.planner.desired import DesiredCluster
from hooks.planner.features import not_yet_made, too_old
from hooks.planner.preflight import left_behind, problems
from hooks.planner.snapshot import ObservedPod, ObservedWorkload
from hooks.planner.text import ids
from hooks.planner.upgrade import PROTOCOL, ProtocolWish, protocol_problems, topics_that_stop
from hooks.planner.zookeeper_acl import access_problems
from hooks.planner.zookeeper_tls import stage_problems
from hooks.providers.deadline import within
from hooks.providers.wire import ConnectionArgs, Mode, Wire, connection, desired

SECONDS: Final = 30.0
"""For all questions together. Each has a deadline of its own, but a slow cluster could use up every one of them."""
_OTHER: Final[Mapping[Mode, Component]] = {"zookeeper": "controller", "kraft": "zookeeper"}
"""Whose quorum must not be there, by the mode of the spec."""


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """The answer."""

    problems: tuple[str, ...] = ()
    """Why the spec cannot be reached from the live cluster; empty when it can."""
    away: tuple[Component, ...] = ()
    """Components with a StatefulSet that is away since a run was stopped; an update puts it back before all else."""
    unreachable: str | None = None
    """Why the cluster could not be asked; None when it was."""
    issue: str | None = None
    """Which issue of the certificates is in use or will be; None when there are none or they were not seen."""


def preflight(
    at: ConnectionArgs,
    wishes: list[Wire],
    certificates: CertificateArgs | None = None,
    issue_digest: Callable[[str], str] = str,
) -> Preflight:
    """Ask within half a minute. Each wish is what a Brokers or Ensemble hook will get: `component`, `mode` and
    `pools`; that of ZooKeeper says as well which stage its `tls` is to have.

    `issue_digest` says how pods spell the issue of the certificates with which they run.
    """
    try:
        return within(SECONDS, lambda: _asked(at, wishes, certificates, issue_digest))
    except TimeoutError:
        return Preflight(unreachable=f"it answers, but not to everything within {SECONDS:g} s")


def _asked(
    at: ConnectionArgs,
    wishes: list[Wire],
    certificates: CertificateArgs | None,
    issue_digest: Callable[[str], str],
) -> Preflight:
    """Ask for everything, one after the other."""
    # Imported here: the clients take longer to import than the rest of a program.
    from hooks import connect  # noqa: PLC0415
    from hooks.clients.connection import PREVIEW  # noqa: PLC0415
    from hooks.providers.preview import is_formed  # noqa: PLC0415
    from hooks.runners.volumes import growth_problems  # noqa: PLC0415

    found: list[str] = []
    away: list[Component] = []
    there = connection({"connection": at})
    try:
        with connect.kubernetes(there, PREVIEW) as clients, connect.certificates(there, PREVIEW) as secrets:
            recorded, live_pods = clients.identity.read(), clients.pods.pods
            for wish in wishes:
                wanted = desired({**wish, "connection": at})
                live = clients.pods.workloads(wanted.component)
                # After a destroy there is nothing to resize: the whole quorum comes again.
                found.extend(problems(live, wanted, formed=bool(live) and is_formed(recorded, wanted.mode)))
                found.extend(growth_problems(clients.pods, clients.volumes, wanted))
                if wanted.component == "zookeeper":
                    found.extend(_stages(there, live_pods("zookeeper"), live_pods("broker"), wish))
                if any(workload.away for workload in live):
                    away.append(wanted.component)
                if wanted.component == "broker":
                    found.extend(left_behind(clients.pods.workloads(_OTHER[wanted.mode])))
                    found.extend(_levels(there, wanted, live, made=recorded is not None and recorded.bootstrapped))
                    found.extend(_protocol(there, wanted, live_pods("broker"), wish.get("protocol")))
            wanted_secrets = connect.demand(certificates) if certificates else None
            seen = secrets.look(wanted_secrets)
            if wanted_secrets is not None:
                found.extend(secrets.cut_off(wanted_secrets, seen.issue, issue_digest))
    except HookError as error:
        return Preflight(unreachable=str(error))
    return Preflight(problems=(*found, *seen.problems), away=tuple(away), issue=seen.issue if certificates else None)


def _stages(
    at: Connection, servers: Sequence[ObservedPod], brokers: Sequence[ObservedPod], wish: Wire
) -> Iterator[str]:
    """Yield why the live nodes forbid the stages of ZooKeeper's TLS, and of the access to it, that are wished for."""
    if "tls" in wish:
        yield from stage_problems(servers, brokers, wish["tls"])
    if "acl" in wish:
        yield from access_problems(brokers, wish["acl"])
        yield from _lost_login(at, servers, wish["acl"])


def _lost_login(at: Connection, servers: Iterable[ObservedPod], wanted: ZooKeeperAcl) -> tuple[str, ...]:
    """Return that the login at ZooKeeper is gone while servers run with it, and nowhere else is its password."""
    from hooks.clients.connection import PREVIEW  # noqa: PLC0415
    from hooks.connect import zookeeper_login  # noqa: PLC0415

    running = [server.node_id for server in servers if server.zookeeper_acl]
    if wanted == "disabled" or not running:
        return ()
    with zookeeper_login(at, PREVIEW) as login:
        if login.is_there():
            return ()
    name = zookeeper_login_secret(at.cluster)
    return (
        f"Secret {name}: ZooKeeper server {ids(running)} runs with the login in it, and it is gone. A new password "
        + "would part brokers from servers until all of them have restarted. Put it back: running pods have "
        + "its files, of servers and of brokers, in /etc/kafka-platform-zookeeper",
    )


def _levels(at: Connection, wanted: DesiredCluster, live: Iterable[ObservedWorkload], *, made: bool) -> tuple[str, ...]:
    """Return why feature levels, or topics, forbid the version. Brokers are asked only when their image changes.

    Brokers that do not answer forbid nothing: another image may be what heals them.
    """
    from hooks.clients.connection import PREVIEW  # noqa: PLC0415
    from hooks.clients.progress import PrintedProgress  # noqa: PLC0415
    from hooks.connect import world  # noqa: PLC0415

    if wanted.features is None:
        return ()
    if not made:
        return not_yet_made(wanted.features)
    images = {pool.workload: pool.causes.get("image") for pool in wanted.pools}
    if all(images.get(one.name) in (None, one.revision.causes.get("image")) for one in live):
        return ()
    try:
        with world(at, wanted.mode, PrintedProgress(), PREVIEW) as seen:
            names = {partition.topic for partition in seen.admin.observe().partitions}
            return too_old(wanted.features, seen.features.finalized()) + topics_that_stop(
                wanted.features.kafka, seen.topics.observe(names).values()
            )
    except HookError:
        return ()


def _protocol(
    at: Connection, wanted: DesiredCluster, pods: Iterable[ObservedPod], wish: Wire | None
) -> tuple[str, ...]:
    """Return why version and protocol cannot be had in one step. Brokers are asked only when one is to restart.

    Those that do not answer forbid nothing, as above.
    """
    from hooks.clients.connection import PREVIEW  # noqa: PLC0415
    from hooks.clients.progress import PrintedProgress  # noqa: PLC0415
    from hooks.connect import world  # noqa: PLC0415

    stale = {pod.revision.digest for pod in pods} - {pool.revision for pool in wanted.pools}
    if wish is None or not stale:
        return ()
    present = {pod.revision.causes.get("image") for pod in pods}
    images = {pool.causes.get("image") for pool in wanted.pools}
    try:
        with world(at, wanted.mode, PrintedProgress(), PREVIEW) as seen:
            spoken = {node: keys[PROTOCOL].value or "" for node, keys in seen.keys.observe({PROTOCOL}).items()}
    except HookError:
        return ()
    return protocol_problems(ProtocolWish(**wish), spoken, restarts=present != images)


def remember(at: ConnectionArgs, certificates: CertificateArgs, issue: tuple[str, Callable[[str], str]]) -> None:
    """Remember what nodes of this issue will show and trust, before the first of them starts."""
    from hooks.connect import certificates as secrets_of  # noqa: PLC0415
    from hooks.connect import demand  # noqa: PLC0415

    with secrets_of(connection({"connection": at})) as secrets:
        secrets.remember(demand(certificates), *issue)


def put_back(at: ConnectionArgs, how: Mode, components: tuple[Component, ...]) -> None:
    """Put back what a stopped run left away, under the Lease: Pulumi must not look for it before it is there."""
    from hooks.clients.progress import PrintedProgress  # noqa: PLC0415
    from hooks.connect import world  # noqa: PLC0415
    from hooks.runners import holding, volumes  # noqa: PLC0415

    with world(connection({"connection": at}), how, PrintedProgress()) as live, holding.lease(live):
        for component in components:
            _ = volumes.put_back(live, component)

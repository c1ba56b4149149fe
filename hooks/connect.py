"""Where runners meet clients: the World of one connection, for as long as an operation needs it.

Providers import it only when an operation runs: the clients take longer to import than a whole check.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial

from contract import (
    LABEL_CLUSTER,
    LABEL_COMPONENT,
    PORT_INTERNAL,
    PORT_SCHEMA_REGISTRY,
    CertificateArgs,
    headless_service,
    pod_host,
)
from hooks.clients.access import KafkaAccess
from hooks.clients.admin import KafkaAdmin
from hooks.clients.bridge import Bridge
from hooks.clients.certificates import Expected
from hooks.clients.clock import MachineClock
from hooks.clients.connection import RUN, Connection, Mode, Patience
from hooks.clients.features import KafkaFeatures
from hooks.clients.forward import PortForward
from hooks.clients.identity import KubernetesIdentity
from hooks.clients.journal import KubernetesJournal
from hooks.clients.lease import KubernetesLease
from hooks.clients.live_keys import KafkaBrokerKeys
from hooks.clients.logins import KubernetesLogins
from hooks.clients.passwords import KubernetesPasswords
from hooks.clients.pods import KubernetesPods
from hooks.clients.quorum import ControllerQuorum
from hooks.clients.reassignments import KafkaReassignments
from hooks.clients.registry import Place, RegistrySchemas
from hooks.clients.rest import ApiServer
from hooks.clients.secured import SecuredTunnel
from hooks.clients.security import KubernetesSecurity
from hooks.clients.topics import KafkaTopics
from hooks.clients.vault import Demand, KubernetesCertificates
from hooks.clients.volumes import KubernetesVolumes
from hooks.clients.workers import WorkerConnectors
from hooks.clients.zookeeper import Dial, ZooKeeperEnsemble
from hooks.clients.zookeeper_login import KubernetesZooKeeperLogin
from hooks.interfaces import Progress
from hooks.runners.world import World


@dataclass(frozen=True, kw_only=True)
class Kubernetes:
    """The clients that need no broker, by their own types."""

    pods: KubernetesPods
    identity: KubernetesIdentity
    lease: KubernetesLease
    volumes: KubernetesVolumes


@contextmanager
def kubernetes(connection: Connection, patience: Patience = RUN) -> Generator[Kubernetes]:
    """Yield the Kubernetes clients of a connection. Raises Refused when its kubeconfig cannot be used."""
    api = ApiServer(connection, MachineClock(), patience)
    clients = _kubernetes(api)
    try:
        yield clients
    finally:
        clients.lease.close()
        api.close()


@contextmanager
def world(
    connection: Connection, mode: Mode, progress: Progress, patience: Patience = RUN, registry: Place | None = None
) -> Generator[World]:
    """Yield the World of a connection and close what was opened for it. No `registry` is the platform's own."""
    clock = MachineClock()
    api = ApiServer(connection, clock, patience)
    clients = _kubernetes(api)
    # From the last to the first, and each of them whatever becomes of the others.
    opened = ExitStack()
    opened.callback(api.close)
    opened.callback(clients.lease.close)

    dial = partial(PortForward, api)
    security = KubernetesSecurity(api)
    bridge = Bridge(dial, connection.namespace, {_brokers(connection): frozenset({PORT_INTERNAL})})
    opened.callback(bridge.close)
    admin = KafkaAdmin(bridge, _ready_brokers(clients.pods, connection), patience, security)
    opened.callback(admin.close)
    with opened:
        yield World(
            admin=admin,
            reassignments=KafkaReassignments(admin),
            journal=KubernetesJournal(api),
            keys=KafkaBrokerKeys(admin),
            features=KafkaFeatures(admin),
            topics=KafkaTopics(admin),
            connectors=WorkerConnectors(api, dial, patience.worker),
            schemas=opened.enter_context(_schemas(api, dial, registry, patience)),
            access=KafkaAccess(admin),
            passwords=KubernetesPasswords(api),
            ensemble=ZooKeeperEnsemble(clients.pods, dial)
            if mode == "zookeeper"
            else ControllerQuorum(clients.pods, _dial_controllers(dial, security, connection)),
            pods=clients.pods,
            volumes=clients.volumes,
            identity=clients.identity,
            lease=clients.lease,
            clock=clock,
            progress=progress,
        )


@contextmanager
def certificates(connection: Connection, patience: Patience = RUN) -> Generator[KubernetesCertificates]:
    """Yield the client of the Secrets with certificates. Raises Refused when the kubeconfig cannot be used."""
    api = ApiServer(connection, MachineClock(), patience)
    try:
        yield KubernetesCertificates(api)
    finally:
        api.close()


@contextmanager
def logins(connection: Connection, patience: Patience = RUN) -> Generator[KubernetesLogins]:
    """Yield the client of the Secret with the users of SASL PLAIN. Raises Refused when it cannot be reached."""
    api = ApiServer(connection, MachineClock(), patience)
    try:
        yield KubernetesLogins(api)
    finally:
        api.close()


@contextmanager
def zookeeper_login(connection: Connection, patience: Patience = RUN) -> Generator[KubernetesZooKeeperLogin]:
    """Yield the client of the Secret with the login at ZooKeeper. Raises Refused when it cannot be reached."""
    api = ApiServer(connection, MachineClock(), patience)
    try:
        yield KubernetesZooKeeperLogin(api)
    finally:
        api.close()


def demand(wish: CertificateArgs) -> Demand:
    """Translate what the spec says of certificates."""
    return Demand(
        source=wish["source"],
        among_nodes=bool(wish["amongNodes"]),
        nodes_secret=wish["nodesSecret"],
        admin_secret=wish["adminSecret"],
        authority_secret=wish["authoritySecret"],
        nodes=Expected(subject=wish["nodesSubject"], names=tuple(wish["names"])),
        admin=Expected(subject=wish["adminSubject"]),
        validity_days=int(wish["validityDays"]),
        renew_before_days=int(wish["renewBeforeDays"]),
    )


def _kubernetes(api: ApiServer) -> Kubernetes:
    return Kubernetes(
        pods=KubernetesPods(api),
        identity=KubernetesIdentity(api),
        lease=KubernetesLease(api),
        volumes=KubernetesVolumes(api),
    )


def _dial_controllers(
    dial: Callable[[str, int], PortForward], security: KubernetesSecurity, connection: Connection
) -> Dial:
    """Return how a controller is asked: in plain text, or by TLS under the name of its pod."""
    service = headless_service(connection.cluster, "controller")

    def connected(pod: str, port: int) -> PortForward | SecuredTunnel:
        context = security.context()
        tunnel = dial(pod, port)
        if context is None:
            return tunnel
        return SecuredTunnel(tunnel, context, pod_host(pod, service, connection.namespace))

    return connected


def _schemas(
    api: ApiServer, dial: Callable[[str, int], PortForward], at: Place | None, patience: Patience
) -> closing[RegistrySchemas]:
    labels = {LABEL_CLUSTER: api.connection.cluster, LABEL_COMPONENT: "schema-registry"}
    own = Place(labels=labels, port=PORT_SCHEMA_REGISTRY)
    return closing(RegistrySchemas(api, dial, at or own, patience.registry))


def _brokers(connection: Connection) -> str:
    return headless_service(connection.cluster, "broker")


def _ready_brokers(pods: KubernetesPods, connection: Connection) -> Callable[[], list[str]]:
    """Return the question for the internal addresses of all brokers that are ready now."""

    def addresses() -> list[str]:
        ready = (pod.name for pod in pods.pods("broker") if pod.ready)
        return [f"{pod_host(name, _brokers(connection), connection.namespace)}:{PORT_INTERNAL}" for name in ready]

    return addresses

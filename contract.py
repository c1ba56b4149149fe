"""What both sides share: the names that `components` writes and `hooks` reads, and the form of what hooks are told.

Pure and without imports of the project, so that both sides may depend on it and never on each other.
A change here renames live objects: it is a change of the product's contract and belongs in the changelog.
"""

from typing import Final, Literal, NotRequired, TypedDict

PREFIX: Final = "kafka-platform"

Component = Literal["broker", "controller", "zookeeper"]

# Labels: on every object of a cluster, and on every pod.
LABEL_CLUSTER: Final = f"{PREFIX}/cluster"
LABEL_COMPONENT: Final = f"{PREFIX}/component"
LABEL_POOL: Final = f"{PREFIX}/pool"
#: Marks the content-named ConfigMaps that the hooks may collect when nothing refers to them.
LABEL_CONTENT: Final = f"{PREFIX}/content"

#: Marks the record of a StatefulSet that is being replaced under its pods.
LABEL_REPLACEMENT: Final = f"{PREFIX}/replacement"

# Annotations of a pod template: one digest of everything that needs a restart, and one per cause.
ANNOTATION_REVISION: Final = f"{PREFIX}/revision"
CAUSES: Final = ("image", "config", "jvm", "resources", "certificates", "passwords", "pod")


def annotation_cause(cause: str) -> str:
    """Return the annotation that carries the digest of one restart cause."""
    return f"{PREFIX}/revision-{cause}"


# The identity object: the one ConfigMap that survives a destroy.
IDENTITY_CLUSTER_ID: Final = "clusterId"
#: `id@host:port:directoryId` of each first controller, comma-separated: the argument of kafka-storage format.
IDENTITY_INITIAL_CONTROLLERS: Final = "initialControllers"
#: Present ("true") once the first quorum has formed: no directory is ever formatted as an initial member again.
IDENTITY_BOOTSTRAPPED: Final = "bootstrapped"
#: The broker keys that are kept right on running brokers, comma-separated.
IDENTITY_LIVE_KEYS: Final = "liveKeys"
#: By issue, what its nodes show and trust: JSON with certificates in PEM, all of it public.
IDENTITY_CERTIFICATES: Final = "certificates"
#: Annotation on the identity object while a destroy is under way.
ANNOTATION_GOING: Final = f"{PREFIX}/going"

#: By hand, on the identity object: `pause` or `abort` the restarts of a run; on a pod: `restart` it, or `skip` it.
ANNOTATION_ROLL: Final = f"{PREFIX}/roll"
#: On a StatefulSet whose nodes speak TLS among themselves: the Secret with the hooks' own certificate.
ANNOTATION_ADMIN_SECRET: Final = f"{PREFIX}/admin-secret"
#: On a Secret that the platform makes for pods: the number of its content, which enters the revision of those pods.
ANNOTATION_ISSUE: Final = f"{PREFIX}/issue"
#: On a pod that has to do with TLS of ZooKeeper: the stage of a server, or the first stage that suits a broker.
ANNOTATION_ZOOKEEPER_TLS: Final = f"{PREFIX}/zookeeper-tls"
#: How far the ensemble's TLS is, in the order in which a live one goes through it, one stage in a run, or back.
ZooKeeperTls = Literal["disabled", "allowed", "preferred", "required"]
ZOOKEEPER_TLS: Final[tuple[ZooKeeperTls, ...]] = ("disabled", "allowed", "preferred", "required")
#: On a pod that logs in to ZooKeeper, or takes logins as ZooKeeper: the first stage of its access that suits it.
ANNOTATION_ZOOKEEPER_ACL: Final = f"{PREFIX}/zookeeper-acl"
#: How far the access to ZooKeeper's nodes is closed, in the order in which a live cluster goes through it, or back.
ZooKeeperAcl = Literal["disabled", "allowed", "login", "enabled"]
ZOOKEEPER_ACL: Final[tuple[ZooKeeperAcl, ...]] = ("disabled", "allowed", "login", "enabled")
# Keys of the Secret with the brokers' login at ZooKeeper: the JAAS files of servers and of brokers.
ZOOKEEPER_SERVER_LOGIN: Final = "server.jaas"
ZOOKEEPER_CLIENT_LOGIN: Final = "client.jaas"
# Keys of a certificate's Secret, as Kubernetes and cert-manager spell them.
TLS_CERTIFICATE: Final = "tls.crt"
TLS_KEY: Final = "tls.key"
TLS_AUTHORITY: Final = "ca.crt"

# Generated passwords of users: one Secret each.
LABEL_USER: Final = f"{PREFIX}/user"
#: For which rotation the password was made, and for which one the brokers have it.
ANNOTATION_ROTATION: Final = f"{PREFIX}/rotation"
ANNOTATION_IN_FORCE: Final = f"{PREFIX}/in-force"
SECRET_USER: Final = "username"  # noqa: S105 - the name of a key
SECRET_PASSWORD: Final = "password"  # noqa: S105 - the name of a key

#: A shorter password is refused: it would be guessed.
SHORTEST_PASSWORD: Final = 12
#: In the Secret with the users of SASL PLAIN: the login that brokers read, with every name and password.
PLAIN_LOGIN: Final = "login"

# Ports and listener names.
LISTENER_INTERNAL: Final = "INTERNAL"
LISTENER_CONTROLLER: Final = "CONTROLLER"
PORT_INTERNAL: Final = 9092
PORT_CONTROLLER: Final = 9093
PORT_EXTERNAL: Final = 9094
PORT_ZOOKEEPER: Final = 2181
#: Where ZooKeeper speaks TLS with its clients.
PORT_ZOOKEEPER_SECURE: Final = 2182
PORT_ZOOKEEPER_PEER: Final = 2888
PORT_ZOOKEEPER_ELECTION: Final = 3888
#: Where the workers of Kafka Connect answer.
PORT_CONNECT: Final = 8083
#: Where the Schema Registry answers.
PORT_SCHEMA_REGISTRY: Final = 8081

#: The name of every component's one main container, and of its first data volume (claims are `data-<pod>`).
CONTAINER: Final = "kafka"
VOLUME_DATA: Final = "data"


class PoolArgs(TypedDict):
    """One rack's pool as the spec wants it: what `components` renders and a hook takes as input."""

    name: str
    workload: str
    """Its StatefulSet."""
    firstId: int
    count: int
    revision: str
    """Digest of everything that needs a restart when it changes."""
    causes: dict[str, str]
    """Digest by cause, so that a plan can name the reason of a restart."""
    volumeBytes: int
    """Size of each data volume, 0 when not known here."""
    storageClass: str
    """StorageClass of each data volume, empty for the cluster's default one."""
    volumes: NotRequired[int]
    """Data volumes of each node; left out for one."""


class CertificateArgs(TypedDict):
    """The certificates as the spec wants them: what `components` says and the Certificates hook takes as input."""

    source: Literal["generated", "secrets", "cert-manager"]
    amongNodes: bool
    """Whether the nodes speak TLS among themselves, and not only with clients."""
    nodesSecret: str
    adminSecret: str
    authoritySecret: str
    """Where a generated authority is kept."""
    names: list[str]
    """DNS names and addresses under which nodes are reached."""
    nodesSubject: str
    adminSubject: str
    validityDays: int
    renewBeforeDays: int


def workload_name(cluster: str, component: Component, pool: str) -> str:
    """Return the StatefulSet of one rack's pool; its pods are `<workload>-<node id>`."""
    return f"{cluster}-{pool}" if component == "broker" else f"{cluster}-{component}-{pool}"


def data_volumes(count: int) -> tuple[str, ...]:
    """Return the names of a node's data volumes: `data`, `data-1`, ...; the claims are `<volume>-<pod>`."""
    return (VOLUME_DATA, *(f"{VOLUME_DATA}-{number}" for number in range(1, count)))


def replacement_name(workload: str) -> str:
    """Return the ConfigMap that records a StatefulSet while it is replaced under its pods."""
    return f"{workload}-replacement"


def headless_service(cluster: str, component: Component) -> str:
    """Return the headless Service that gives the component's pods their DNS names."""
    return f"{cluster}-{component}s"


def bootstrap_service(cluster: str) -> str:
    """Return the Service that clients in the cluster bootstrap from."""
    return f"{cluster}-bootstrap"


def disruption_budget(cluster: str, component: Component) -> str:
    """Return the PodDisruptionBudget over all pods of the component."""
    return f"{cluster}-{component}s"


def nodes_secret(cluster: str) -> str:
    """Return the Secret with the certificate of the brokers and controllers, unless the user names another."""
    return f"{cluster}-nodes-tls"


def admin_secret(cluster: str) -> str:
    """Return the Secret with the hooks' certificate, unless the user names another."""
    return f"{cluster}-admin-tls"


def authority_secret(cluster: str) -> str:
    """Return the Secret with the authority that the platform generated."""
    return f"{cluster}-authority"


def identity_name(cluster: str) -> str:
    """Return the retained ConfigMap with the cluster id and the first controllers' directory ids."""
    return f"{cluster}-identity"


def bootstrapped_name(cluster: str) -> str:
    """Return the ConfigMap that says that the first quorum has formed, where no hook marks the identity object."""
    return f"{cluster}-bootstrapped"


def plain_secret(cluster: str) -> str:
    """Return the Secret from which brokers read who may come with which password by SASL PLAIN."""
    return f"{cluster}-plain-users"


def zookeeper_login_secret(cluster: str) -> str:
    """Return the Secret from which brokers read how they log in to ZooKeeper, and its servers whom they let in."""
    return f"{cluster}-zookeeper-login"


def user_secret(cluster: str, user: str) -> str:
    """Return the Secret that holds a user's generated password."""
    return f"{cluster}-user-{user}"


def lease_name(cluster: str) -> str:
    """Return the Lease that serialises all day-two operations on the cluster."""
    return f"{cluster}-operations"


def movement_name(cluster: str) -> str:
    """Return the ConfigMap that records a movement of replicas while one is under way."""
    return f"{cluster}-movement"


def pod_name(workload: str, node_id: int) -> str:
    """Return the pod of a node: the ordinal of the StatefulSet *is* the node id."""
    return f"{workload}-{node_id}"


def pod_host(pod: str, service: str, namespace: str) -> str:
    """Return the pod's own DNS name under its headless Service."""
    return f"{pod}.{service}.{namespace}.svc.cluster.local"

"""Who may write ZooKeeper's nodes: the stages of `zookeeper.acl`, and what servers and brokers do in each.

A live cluster goes from stage to stage, and back:

1. `disabled`: nobody logs in, and whoever reaches a server may write everything.
2. `allowed`: servers know the brokers' password (SASL with DIGEST-MD5); nobody uses it yet.
3. `login`: brokers log in, and nodes belong to nobody.
4. `enabled`: brokers log in, nodes belong to them, and others may at most read.

Kafka's own tool says which node may be whose. It walks through all of them whenever a broker starts, in either
direction: what brokers of the former stage made in the meantime is done once the last of them has restarted.
"""

from typing import Final

from components.spec.distributions import Distribution
from components.spec.model import ClusterSpec, Jvm
from components.spec.reading import Reader
from contract import (
    ANNOTATION_ZOOKEEPER_ACL,
    ZOOKEEPER_CLIENT_LOGIN,
    ZOOKEEPER_SERVER_LOGIN,
    Component,
    ZooKeeperAcl,
)

LOGIN_MOUNT: Final = "/etc/kafka-platform-zookeeper"
_LOGIN_FILE: Final = "java.security.auth.login.config"
_PROVIDER: Final = "org.apache.zookeeper.server.auth.SASLAuthenticationProvider"
#: For tools of a few seconds, in place of the broker's own.
_JVM: Final = (
    'KAFKA_HEAP_OPTS=-Xmx128m KAFKA_LOG4J_OPTS= KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1"'
)
_WALK: Final = "kafka.admin.ZkSecurityMigrator"


def access(spec: ClusterSpec) -> ZooKeeperAcl:
    """Return the stage of the access; in KRaft there is nothing to close."""
    return spec.zookeeper.acl if spec.zookeeper else "disabled"


def login_of(spec: ClusterSpec, component: Component) -> str:
    """Return which key of the login's Secret a component's nodes mount; empty for none."""
    if component == "zookeeper" and access(spec) != "disabled":
        return ZOOKEEPER_SERVER_LOGIN
    return ZOOKEEPER_CLIENT_LOGIN if component == "broker" and access(spec) in {"login", "enabled"} else ""


def login_options(login: str) -> tuple[str, ...]:
    """Return what tells the JVM of a node where its login is."""
    return (f"-D{_LOGIN_FILE}={LOGIN_MOUNT}/{login}",) if login else ()


def access_annotation(spec: ClusterSpec, component: Component) -> dict[str, str]:
    """Say from which stage on a pod is as it is; a server does not change after the first one."""
    if not login_of(spec, component):
        return {}
    return {ANNOTATION_ZOOKEEPER_ACL: "allowed" if component == "zookeeper" else access(spec)}


def server_access(spec: ClusterSpec) -> dict[str, str]:
    """Return what it adds to zoo.cfg."""
    return {"authProvider.sasl": _PROVIDER} if login_of(spec, "zookeeper") else {}


def broker_access(spec: ClusterSpec) -> dict[str, str]:
    """Return what it adds to the brokers' properties."""
    return {"zookeeper.set.acl": "true"} if access(spec) == "enabled" else {}


def walk_script(spec: ClusterSpec, distribution: Distribution, properties: str, *, tls: bool) -> str:
    """Return the part of a broker's start that gives ZooKeeper's nodes to the brokers, or to nobody again.

    The broker does not start unless it has come to the end. `properties` is the file with the broker's own settings.
    The tool makes what is missing, without content, and Kafka's first controller would stumble over that: an ensemble
    in which no controller has been is left alone.
    """
    if not login_of(spec, "broker"):
        return ""
    wanted = "secure" if access(spec) == "enabled" else "unsecure"
    asking, walking = (f"-{one}zk-tls-config-file {properties} " if tls else "" for one in ("", "-"))
    return f"""servers="$(sed -n 's/^zookeeper.connect=//p' {properties})"
made="$({_JVM} \\
  timeout 60 {distribution.ask_zookeeper} -waitforconnection -server "$servers" {asking}get /feature 2>&1 || true)"
if [[ "$made" == *'"features"'* ]]; then
  {_JVM} \\
    {distribution.run_class} {_WALK} --zookeeper.acl={wanted} {walking}--zookeeper.connect "$servers"
elif [[ "$made" != *"Node does not exist"* ]]; then
  echo "ZooKeeper does not say whether this cluster has been there before: $made" >&2
  exit 1
fi
"""


def check_zookeeper_acl(spec: ClusterSpec, reader: Reader) -> None:
    """Report another login file beside the one that the stage needs: the JVM reads one."""
    if spec.zookeeper is None or access(spec) == "disabled":
        return
    for section, jvm in (("zookeeper", spec.zookeeper.jvm), ("kafka", spec.kafka.jvm)):
        _check_options(section, jvm, reader)
    for index, rack in enumerate(spec.kafka.racks):
        if rack.jvm is not None:
            _check_options(f"kafka.racks[{index}]", rack.jvm, reader)


def check_rolling_acl(spec: ClusterSpec, reader: Reader) -> None:
    """Report stages where no hook looks at the live brokers: one that does not log in yet could write nothing more."""
    if access(spec) != "disabled":
        why = "stages must follow each other on a live cluster, a hook makes sure of it, and here there is none"
        todo = "run with the hooks (updates: hooks), or use mode kraft"
        allowed = "disabled with updates: rolling"
        reader.report("zookeeper.acl", access(spec), allowed=allowed, why=why, todo=todo)


def _check_options(section: str, jvm: Jvm, reader: Reader) -> None:
    for option in (jvm.options or "").split():
        if option.startswith(f"-D{_LOGIN_FILE}"):
            why = "the JVM reads one such file, and zookeeper.acl names the one with the login at ZooKeeper"
            todo = "remove it: logins of listeners are in kafka.listeners; or set zookeeper.acl to disabled"
            allowed = f"no {_LOGIN_FILE} beside zookeeper.acl"
            reader.report(f"{section}.jvm.options", option, allowed=allowed, why=why, todo=todo)

"""Joins the pieces: for one pool of a cluster, its files, its revision, and the pod template that carries both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from components.spec.certificates import Secured, secured
from components.spec.distributions import distribution_of, image_of, line_of
from components.spec.external import Door, doors
from components.spec.model import ClusterSpec, NodeSpec
from components.spec.nodes import node_of
from components.spec.oauth import oauth_options
from components.spec.pod import Json, PodContent, pod_template
from components.spec.properties import (
    Configuration,
    broker_configuration,
    controller_configuration,
    render,
    zookeeper_configuration,
)
from components.spec.revision import Revision, digest_of, revision_of
from components.spec.rolling import rolling_files
from components.spec.runtime_files import JAVA_SECURITY, JAVA_SECURITY_TEXT, logging_file, logging_option
from components.spec.scripts import (
    CONFIG_MOUNT,
    PROPERTIES,
    READY,
    RUN_MOUNT,
    START,
    ZOO_CFG,
    kafka_script,
    session_script,
    zookeeper_ready_script,
    zookeeper_script,
)
from components.spec.sizing import heap_options
from components.spec.topology import Pool, all_pools, volume_bytes
from components.spec.versions import Line
from components.spec.zookeeper_acl import access_annotation, login_of, login_options, walk_script
from components.spec.zookeeper_stages import speaks_tls, stage
from contract import ANNOTATION_ADMIN_SECRET, ANNOTATION_ZOOKEEPER_TLS, Component, PoolArgs, plain_secret

_NAMES: Final[Mapping[Component, str]] = {"zookeeper": ZOO_CFG}


@dataclass(frozen=True, kw_only=True)
class RenderedPool:
    """Everything that a pool's Kubernetes objects hold."""

    pool: Pool
    node: NodeSpec
    config_name: str
    """Name of the ConfigMap, which is that of its content."""
    files: Mapping[str, str]
    revision: Revision
    template: Json
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the StatefulSet itself, which restart nobody."""
    doors: tuple[Door, ...] = ()
    """How its brokers are reached from outside."""
    rolling: bool = False
    """Whether Kubernetes restarts and counts its nodes by itself."""

    @property
    def wish(self) -> PoolArgs:
        """The pool as the hooks want to hear of it."""
        told: PoolArgs = {
            "name": self.pool.name,
            "workload": self.pool.workload,
            "firstId": self.pool.first_id,
            "count": self.pool.count,
            "revision": self.revision.digest,
            "causes": dict(self.revision.causes),
            "volumeBytes": volume_bytes(self.node),
            "storageClass": self.node.storage.class_ or "",
        }
        if self.pool.volumes > 1:
            told["volumes"] = self.pool.volumes
        return told


def wishes(spec: ClusterSpec) -> dict[Component, list[PoolArgs]]:
    """Return what the hooks are told of each component's pools, in the order of their ids."""
    return {component: [pool.wish for pool in pools] for component, pools in render_cluster(spec).items()}


def render_cluster(spec: ClusterSpec) -> dict[Component, list[RenderedPool]]:
    """Return all pools of the cluster, by component, in the order of their ids."""
    rendered: dict[Component, list[RenderedPool]] = {"zookeeper": [], "controller": [], "broker": []}
    for pool in all_pools(spec):
        rendered[pool.component].append(render_pool(spec, node_of(spec, pool), pool))
    return rendered


def render_pool(spec: ClusterSpec, node: NodeSpec, pool: Pool) -> RenderedPool:
    """Return everything that the pool's objects hold; `node` is what `node_of` says of it.

    1. The node's configuration, in both readings, and the files beside it.
    2. One content per restart cause; what is left of the template counts as the cause `pod`.
    3. The template, filled with the content, and annotated with the digests.
    """
    configuration, beside = _files(spec, pool)
    opened, held = doors(spec, pool), _shown(spec, pool)
    external = {door.offset_file: f"{door.offset}\n" for door in opened if door.first_node_port is not None}
    files = {_NAMES.get(pool.component, PROPERTIES): render(configuration.file), **external, **beside}
    content = _content(spec, node, pool, f"{pool.workload}-{digest_of(files)}")
    revision = revision_of(
        {
            "config": {"properties": dict(configuration.restart), "external": external},
            **_plain_causes(spec, held, content),
            "pod": {"template": _bare_template(pool, content), "files": beside},
        }
    )
    return RenderedPool(
        pool=pool,
        node=node,
        config_name=content.config_name,
        files=files,
        revision=revision,
        template=pod_template(pool, replace(content, annotations=revision.annotations | _stage_annotation(spec, pool))),
        annotations=_set_annotations(spec, held if pool.component != "zookeeper" else None),
        doors=opened,
        rolling=spec.rolling,
    )


def _plain_causes(spec: ClusterSpec, held: Secured | None, content: PodContent) -> dict[str, object]:
    """Return by cause what is said in plain values; of what a Secret holds, which issue of it is in use."""
    return {
        "image": content.image,
        "jvm": dict(content.jvm),
        "resources": {"cpu": content.cpu, "memory": content.memory},
        **({"certificates": {"issue": held.tls.issue}} if held else {}),
        **({"passwords": {"issue": spec.kafka.listeners.plain_issue}} if content.logins else {}),
    }


def _set_annotations(spec: ClusterSpec, held: Secured | None) -> dict[str, str]:
    """Say where the hooks find their certificate, when the nodes ask for one or show one."""
    return {ANNOTATION_ADMIN_SECRET: held.admin_secret} if held and spec.kafka.listeners.internal.tls else {}


def _content(spec: ClusterSpec, node: NodeSpec, pool: Pool, config_name: str) -> PodContent:
    """Return what fills the template, but for the digests of it."""
    opened, held = doors(spec, pool), _shown(spec, pool)
    return PodContent(
        image=image_of(spec.kafka, pool.component),
        config_name=config_name,
        cpu=node.resources.cpu,
        memory=node.resources.memory,
        jvm=_jvm_environment(node, pool, opened, login_of(spec, pool.component)),
        runtime=_runtime_environment(line_of(spec.kafka)),
        identity=spec.kafka.mode == "kraft",
        certificates=held.nodes_secret if held else "",
        keys=speaks_tls(spec, pool.component),
        logins=plain_secret(pool.cluster) if any(door.listener.authentication == "plain" for door in opened) else "",
        zookeeper_login=login_of(spec, pool.component),
        listeners=tuple((door.label, door.listener.port) for door in opened if spec.kafka.listeners.external),
        settings=node.pod,
        rolling=spec.rolling,
    )


def _shown(spec: ClusterSpec, pool: Pool) -> Secured | None:
    """Return the certificates that the pool's nodes mount: brokers and controllers any, ZooKeeper its own stage's."""
    return secured(spec) if pool.component != "zookeeper" or speaks_tls(spec, "zookeeper") else None


def _stage_annotation(spec: ClusterSpec, pool: Pool) -> dict[str, str]:
    """Say which stages of ZooKeeper's TLS, and of the access to it, suit the pod.

    A broker that speaks TLS does not change from there on.
    """
    said = access_annotation(spec, pool.component)
    if speaks_tls(spec, pool.component):
        said[ANNOTATION_ZOOKEEPER_TLS] = stage(spec) if pool.component == "zookeeper" else "preferred"
    return said


def _bare_template(pool: Pool, content: PodContent) -> Json:
    """Return the template without what the other causes cover."""
    return pod_template(
        pool,
        PodContent(
            runtime=content.runtime,
            identity=content.identity,
            certificates=content.certificates,
            keys=content.keys,
            logins=content.logins,
            zookeeper_login=content.zookeeper_login,
            listeners=content.listeners,
            settings=content.settings,
            rolling=content.rolling,
        ),
    )


def _files(spec: ClusterSpec, pool: Pool) -> tuple[Configuration, dict[str, str]]:
    configuration, beside = _ordinary_files(spec, pool)
    return configuration, beside | (rolling_files(spec, pool) if spec.rolling else {})


def _ordinary_files(spec: ClusterSpec, pool: Pool) -> tuple[Configuration, dict[str, str]]:
    distribution, kraft = distribution_of(spec.kafka), spec.kafka.mode == "kraft"
    log_name, log_text = logging_file(line_of(spec.kafka))
    beside = {log_name: log_text, JAVA_SECURITY: JAVA_SECURITY_TEXT}
    if pool.component == "zookeeper":
        beside |= {
            START: zookeeper_script(distribution, tls=speaks_tls(spec, "zookeeper")),
            READY: zookeeper_ready_script(),
        }
        return zookeeper_configuration(spec), beside
    tls = speaks_tls(spec, pool.component)
    walk = walk_script(spec, distribution, f"{RUN_MOUNT}/{PROPERTIES}", tls=tls)
    session = session_script(distribution, tls=tls) + walk
    beside[START] = kafka_script(distribution, pool, doors(spec, pool), kraft=kraft, session=session)
    if pool.component == "controller":
        return controller_configuration(spec, pool), beside
    return broker_configuration(spec, pool), beside


def _jvm_environment(node: NodeSpec, pool: Pool, opened: Sequence[Door], login: str) -> dict[str, str]:
    options = (
        # Without a liveness probe, a JVM that is out of memory has to end by itself.
        "-XX:+ExitOnOutOfMemoryError",
        f"-Djava.security.properties={CONFIG_MOUNT}/{JAVA_SECURITY}",
        *oauth_options([door.listener for door in opened]),
        *login_options(login),
    )
    environment = {
        "KAFKA_HEAP_OPTS": heap_options(pool.component, node.resources),
        "KAFKA_OPTS": " ".join(options),
    }
    if node.jvm.options is not None:
        environment["KAFKA_JVM_PERFORMANCE_OPTS"] = node.jvm.options
    return environment


def _runtime_environment(line: Line) -> dict[str, str]:
    return {
        # The scripts' own arguments would write a log of the garbage collector into the image.
        "EXTRA_ARGS": "",
        "KAFKA_LOG4J_OPTS": logging_option(line, CONFIG_MOUNT),
        "LOG_DIR": f"{RUN_MOUNT}/logs",
    }

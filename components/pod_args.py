"""The arguments of the section `pod`, which brokers, controllers and ZooKeeper servers have alike.

All of it is part of the pod template: a change restarts, one pod at a time, for the cause `pod`.
"""

from typing import Any, Literal, NotRequired, TypedDict

KubernetesObject = dict[str, Any]


class TolerationArgs(TypedDict):
    """A taint of nodes that the pods bear, as Kubernetes has it."""

    key: NotRequired[str]
    """The taint's key; every taint when left out, which needs the operator `Exists`."""
    operator: NotRequired[Literal["Equal", "Exists"]]
    """`Equal` compares the value and is the default; `Exists` asks for the key only."""
    value: NotRequired[str]
    """The taint's value."""
    effect: NotRequired[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]]
    """The taint's effect; every effect when left out."""
    toleration_seconds: NotRequired[int]
    """Seconds until the eviction that `NoExecute` means; never when left out."""


class ExtraVolumeArgs(TypedDict):
    """A volume beside the platform's own. Exactly one of `secret`, `configMap` and `emptyDir` says what is in it."""

    name: str
    """Name of the volume, by which sidecars and init containers mount it. The platform's own names are refused."""
    secret: NotRequired[str]
    """An existing Secret of the namespace. A change of its content alone restarts nobody."""
    config_map: NotRequired[str]
    """An existing ConfigMap of the namespace. A change of its content alone restarts nobody."""
    empty_dir: NotRequired[bool]
    """True for a folder that begins empty with each pod, such as one that an init container fills. Default false."""
    mount_path: NotRequired[str]
    """Where Kafka's container sees it, read-only unless it is an `emptyDir`; not at all when left out."""


class VariableArgs(TypedDict):
    """An environment variable of Kafka's container, for a plugin that wants one. The platform's own are refused."""

    name: str
    """Name of the variable."""
    value: NotRequired[str]
    """Its text, which is stored in the open: no secrets here."""
    secret: NotRequired[str]
    """An existing Secret of the namespace, instead of the text."""
    key: NotRequired[str]
    """The key in the Secret."""


class PodArgs(TypedDict):
    """The pods beside Kafka itself: where they run, and what runs and is mounted in them. A change restarts."""

    image_pull_secrets: NotRequired[list[str]]
    """Existing Secrets of the namespace with the credentials of image registries."""
    priority_class: NotRequired[str]
    """An existing PriorityClass, so that a full node makes room for Kafka and not the other way round."""
    node_selector: NotRequired[dict[str, str]]
    """Labels that a node must have, beside the zone of the rack."""
    host_anti_affinity: NotRequired[Literal["preferred", "required"]]
    """Whether pods of one pool avoid each other's host if they can (`preferred`, the default), or whether no two pods
    of the component ever share one (`required`): a pod for which there is no other host then waits for one."""
    affinity: NotRequired[KubernetesObject]
    """More terms of `nodeAffinity`, `podAffinity` and `podAntiAffinity`, as Kubernetes has them. The zone of the rack
    is added to each required node term."""
    tolerations: NotRequired[list[TolerationArgs]]
    """Taints of nodes that the pods bear, such as that of nodes for Kafka alone. That a node is not ready or cannot be
    reached is tolerated without end in any case."""
    labels: NotRequired[dict[str, str]]
    """More labels of the pods."""
    annotations: NotRequired[dict[str, str]]
    """More annotations of the pods. Another value restarts them: a way to have them read a changed Secret."""
    volumes: NotRequired[list[ExtraVolumeArgs]]
    """Volumes beside the platform's own."""
    env: NotRequired[list[VariableArgs]]
    """Environment variables of Kafka's container."""
    sidecars: NotRequired[list[KubernetesObject]]
    """Containers beside Kafka, as Kubernetes has them: with a memory limit, under the restricted pod security standard
    (what it asks for and the container does not say is added), and with none but the volumes of this section. The pod
    is ready only when they are."""
    init_containers: NotRequired[list[KubernetesObject]]
    """Containers that end before Kafka starts (or, with `restartPolicy: Always`, start before and end after it), under
    the same rules."""

"""What a user may add to the pods of a section: where they run, and what runs and is mounted beside Kafka.

Values only; `pod_reading` makes them of the input, `pod_checks` judges them, `pod_extras` puts them into a template.
What Kubernetes has a language of its own for (containers, affinity) stays in that language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Object = Mapping[str, object]
"""An object of Kubernetes' API, as plain data."""
Strength = Literal["preferred", "required"]


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """A taint of nodes that the pods bear."""

    key: str | None = None
    operator: str = "Equal"
    value: str | None = None
    effect: str | None = None
    toleration_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class ExtraVolume:
    """A volume beside the platform's own: an existing Secret, an existing ConfigMap, or an empty folder."""

    name: str
    secret: str | None = None
    config_map: str | None = None
    empty_dir: bool = False
    mount_path: str | None = None
    """Where Kafka's container sees it; None leaves it to sidecars and init containers."""

    @property
    def sources(self) -> int:
        """How many of its sources are given; exactly one is right."""
        return (self.secret is not None) + (self.config_map is not None) + self.empty_dir


@dataclass(frozen=True, kw_only=True)
class Variable:
    """An environment variable of Kafka's container: plain text, or a key of an existing Secret."""

    name: str
    value: str | None = None
    secret: str | None = None
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class PodSettings:
    """The pods of a section beside Kafka itself."""

    image_pull_secrets: tuple[str, ...] = ()
    priority_class: str | None = None
    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    host_anti_affinity: Strength = "preferred"
    affinity: Object = field(default_factory=dict[str, object])
    """More terms, in Kubernetes' own language."""
    tolerations: tuple[Toleration, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    volumes: tuple[ExtraVolume, ...] = ()
    env: tuple[Variable, ...] = ()
    sidecars: tuple[Object, ...] = ()
    """Containers in Kubernetes' own language."""
    init_containers: tuple[Object, ...] = ()

"""Who may come in over the network, as plain, frozen values; a part of the desired cluster, as `access` is."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Somebody on the network: a range of addresses, or pods by their labels and those of their namespace."""

    cidr: str | None = None
    """The range of addresses."""
    except_: tuple[str, ...] = ()
    """Ranges in it that stay out."""
    namespaces: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of namespaces; with none, the cluster's own namespace."""
    pods: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of pods; with none, every pod of those namespaces."""


@dataclass(frozen=True, kw_only=True)
class NetworkPolicies:
    """Who comes in from outside of the platform, once it is closed to everybody else."""

    internal: tuple[Peer, ...] = ()
    """Who reaches the brokers' internal listener."""
    external: tuple[Peer, ...] | None = None
    """Who reaches the external listeners; None is everybody."""

"""The arguments of a cluster that say who may come in over the network; see `components.args`."""

from typing import NotRequired, TypedDict


class PeerArgs(TypedDict):
    """Somebody who may come in: a range of addresses, or pods by labels. Write `cidr`, or one or both of the others."""

    cidr: NotRequired[str]
    """Range of addresses, such as `192.0.2.0/24`, as the pods see them: clients of a node port may arrive with the
    address of a node, and those of a load balancer with its own. For pods use labels."""
    except_: NotRequired[list[str]]
    """Ranges within `cidr` that stay out."""
    namespaces: NotRequired[dict[str, str]]
    """Labels of the namespaces, such as `kubernetes.io/metadata.name: shop`; the cluster's own when left out."""
    pods: NotRequired[dict[str, str]]
    """Labels of the pods; every pod of the namespaces when left out."""


class NetworkPoliciesArgs(TypedDict):
    """A NetworkPolicy for the brokers, the quorum and each service, written `{}` with nothing to add. Nodes, services,
    probes and hooks reach what they need; everybody else is closed out unless named here. The network plugin of the
    Kubernetes cluster must enforce policies. A policy of your own may open more, such as a sidecar's port.
    """

    internal: NotRequired[list[PeerArgs]]
    """Who reaches the internal listener beside the platform; nobody when left out. A change restarts nobody."""
    external: NotRequired[list[PeerArgs]]
    """Who reaches the external listeners; everybody when left out. Name gateways, load balancers and nodes too, where
    pods see their addresses, and services with a `kafka.listener` whose way leads over them."""

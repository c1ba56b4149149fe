"""A real three-zone Kubernetes on one Linux machine, for trying and testing the platform.

Use::

    cluster.up(binaries, images, progress)   # about 15 s; nothing to do when it runs already
    cluster.status().lines()
    cluster.zone_down("b"); cluster.zone_up("b")
    cluster.down(remove_volumes=True)        # a second or two, whatever happened before

Then ``KUBECONFIG=/run/kafka-platform/kubeconfig kubectl get nodes`` works for root.

The control plane (etcd, API server, controller manager, scheduler, CoreDNS) runs in the host's network namespace. Each
zone is a network namespace on a bridge, with a containerd, a kubelet and a kube-proxy: one node, labelled
``topology.kubernetes.io/zone: local-a`` (``-b``, ``-c``). A client on the machine reaches a node port at the node's
address (`NODE_ADDRESSES`) and a pod at its own; it reaches no service by name or service address, pods do.

Nothing leaves the machine: no zone has a default route, on the host the cluster's range is unreachable where it has no
route, and packet filters refuse the rest (`network`, `firewall`). The unreachable route stays after `down`.

State is in /var/lib/kafka-platform (logs in log/, unpacked images in cache/), sockets and process records in
/run/kafka-platform. `down` keeps objects and volumes unless told to remove them. One cluster per machine: a second
`up`, from any checkout, adopts what runs if it would have started the same, else restarts it.

CPU is overcommitted on purpose: each node offers at least two, as CPU only makes pods slower; memory is a third of the
machine's, less 2 GiB for the rest. Written for cgroup v1 and v2, proven on v1.
"""

from dev.cluster.addresses import NODE_ADDRESSES, ZONES
from dev.cluster.errors import ClusterError
from dev.cluster.lifecycle import Cluster, down, recycle_released_volumes, up
from dev.cluster.nodes import zone_down, zone_up
from dev.cluster.runtime import SANDBOX_IMAGE, Image
from dev.cluster.status import Status, status

__all__ = [
    "NODE_ADDRESSES",
    "SANDBOX_IMAGE",
    "ZONES",
    "Cluster",
    "ClusterError",
    "Image",
    "Status",
    "down",
    "recycle_released_volumes",
    "status",
    "up",
    "zone_down",
    "zone_up",
]

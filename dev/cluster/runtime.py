"""The container runtime of a zone: its configuration, and the images it holds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from dev.cluster.addresses import Zone
from dev.cluster.commands import run
from dev.cluster.errors import ClusterError
from dev.cluster.processes import wait_until
from dev.cluster.state import RUN, runtime_root, runtime_socket

SANDBOX_IMAGE: Final = "localhost/pause:1"
"""The image that holds a pod's namespaces; it must be among the images given to `up`."""
LABEL: Final = "kafka-platform/image"
MANAGED: Final = "io.cri-containerd.image"
"""The label by which the runtime says that the kubelet can see an image."""
IMPORT_SECONDS: Final = 300


class Image(Protocol):
    """An image in a docker-archive; several may be in one."""

    @property
    def reference(self) -> str:
        """As a pod names it."""
        ...

    @property
    def archive(self) -> Path:
        """The docker-archive."""
        ...

    @property
    def digest(self) -> str:
        """What changes when the content does."""
        ...


def runtime_config(zone: Zone) -> dict[str, str]:
    """Return the runtime's files by name: its own configuration and that of the pod network."""
    return {"containerd.toml": _containerd(zone), "cni/10-pods.conflist": json.dumps(_pod_network(zone))}


def _containerd(zone: Zone) -> str:
    folder = RUN / zone.node
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    return f"""\
version = 2
root = "{runtime_root(zone)}"
state = "{folder / "containerd"}"
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
  address = "{runtime_socket(zone)}"

[{cri}]
  sandbox_image = "{SANDBOX_IMAGE}"
  stream_server_address = "127.0.0.1"
  # Without CAP_SYS_RESOURCE a lower score is refused, and every sandbox with it.
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  # In the zone's mount namespace, not beside other people's namespaces.
  netns_mounts_under_state_dir = true

[{cri}.cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "{folder / "cni"}"

[{cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"

[{cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
"""


def _pod_network(zone: Zone) -> Mapping[str, object]:
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipMasq": False,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": str(zone.pods)}]], "routes": [{"dst": "0.0.0.0/0"}]},
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, ports]}


def wait_for_runtime(zone: Zone) -> None:
    """Wait until the runtime answers."""
    wait_until("its socket answers", [f"containerd-{zone.name}"], 20, runtime_socket(zone).is_socket)


def missing(zone: Zone, images: Iterable[Image]) -> list[Image]:
    """Return the images that a zone's runtime does not hold with the same content."""
    held = _labels(zone)
    return [image for image in images if held.get(image.reference, {}).get(LABEL) != image.digest]


def load(zone: Zone, images: Sequence[Image]) -> int:
    """Bring images into a zone's runtime; return how many it did not hold yet."""
    wanted = missing(zone, images)
    for archive in sorted({image.archive for image in wanted}):
        _ctr(zone, "images", "import", str(archive))
    for image in wanted:
        _ctr(zone, "images", "label", image.reference, f"{LABEL}={image.digest}")
    references = {image.reference for image in images}
    wait_until(
        f"{', '.join(sorted(references))} can be used by pods",
        [f"containerd-{zone.name}"],
        30,
        lambda: references <= {name for name, labels in _labels(zone).items() if MANAGED in labels},
    )
    return len(wanted)


def require_sandbox_image(images: Iterable[Image]) -> None:
    """Raise ClusterError when pods could not start for want of their sandbox's image."""
    references = [image.reference for image in images]
    if SANDBOX_IMAGE not in references:
        raise ClusterError(f"no pod can start without the image {SANDBOX_IMAGE}; given were {references}")


def _labels(zone: Zone) -> dict[str, dict[str, str]]:
    """Return each image of a runtime with its labels."""
    found: dict[str, dict[str, str]] = {}
    for line in _ctr(zone, "images", "list").splitlines()[1:]:
        fields = line.split()
        pairs = (pair.partition("=") for pair in fields[-1].split(","))
        found[fields[0]] = {key: value for key, _, value in pairs}
    return found


def _ctr(zone: Zone, *command: str) -> str:
    socket = str(runtime_socket(zone))
    return run("ctr", "--address", socket, "--namespace", "k8s.io", *command, timeout=IMPORT_SECONDS)

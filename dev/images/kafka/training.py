"""Makes the class archive of a Kafka image by running its servers once, in the image's own root.

Java accepts such an archive only for the same runtime, paths and file times: hence the root is unpacked from the very
layers of the image. The servers run in namespaces of their own; their network is a loopback that nobody else sees.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from dev.images import base
from dev.images.archive import Layer, LayerWriter
from dev.images.steps import run

ARCHIVE = "opt/kafka/kafka.jsa"
_TRAINING = Path(__file__).parent / "train.sh"
_INSIDE = """
set -e
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/tmp"
ip link set lo up
exec chroot "$1" /bin/bash /train.sh
"""


def build_layer(layers: Sequence[Layer], target: Path, log: Path) -> None:
    """Write the tar of the layer that holds the class archive for an image of these layers."""
    root = target.parent / "root"
    root.mkdir()
    for layer in layers:
        run(["tar", "-C", str(root), "-xpf", str(layer.path)], log)
    for name in ("dev", "proc", "tmp"):
        (root / name).mkdir(exist_ok=True)
    shutil.copyfile(_TRAINING, root / "train.sh")
    unshare = ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "JAVA_HOME": base.JAVA_HOME,
        "LANG": "C.UTF-8",
    }
    run([*unshare, "bash", "-c", _INSIDE, "bash", str(root)], log, env=environment)
    with LayerWriter(target) as layer:
        layer.file(ARCHIVE, (root / ARCHIVE).read_bytes())
    shutil.rmtree(root)

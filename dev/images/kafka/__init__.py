"""The Kafka images: for each version its jars from Maven and our start scripts, on the shared base layer.

The layout is that of the official apache/kafka image, so that one start command works on both: /opt/kafka/bin, libs and
config. There is no release archive to take the scripts from, so they are ours, under the official names.
"""

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from dev import cache
from dev.images import base
from dev.images.archive import LayerWriter
from dev.images.kafka import commands
from dev.images.steps import ImageError, run

VERSIONS = ("3.9.2", "4.3.1", "3.9.1")
"""3.9 with ZooKeeper and KRaft, in two patch levels so that a real upgrade can be run; 4.x with KRaft only."""

_HERE = Path(__file__).parent
_SOURCES = ("__init__.py", "commands.py", "pom.xml", "train.sh", "training.py")
_SCRIPTS = ("bin", "config")


def reference(version: str) -> str:
    """Name the image of one version."""
    return f"localhost/kafka:{version}"


def key(version: str, base_key: str) -> str:
    """Hash what the image of this version depends on."""
    files = [_HERE / name for name in _SOURCES]
    files += [file for name in _SCRIPTS for file in sorted((_HERE / name).iterdir())]
    return cache.key(base_key, version, *(text for file in files for text in (file.name, file.read_text())))


def build_layer(version: str, target: Path, log: Path) -> None:
    """Write the tar of this version's layer."""
    libs = target.parent / "libs"
    _fetch(version, libs, log)
    check_classes(version, libs)
    with LayerWriter(target) as layer:
        layer.tree(libs, "opt/kafka/libs")
        layer.folder("opt/kafka/bin")
        for name, text in sorted(_scripts(version).items()):
            layer.file(f"opt/kafka/bin/{name}", text.encode(), mode=0o755)
        layer.folder("opt/kafka/config")
        for file in _logging(version):
            layer.file(f"opt/kafka/config/{file.name}", file.read_bytes())
    shutil.rmtree(libs)


def configuration(version: str) -> Mapping[str, object]:
    """Give the image's configuration: no default command, since a pod says what it starts."""
    labels = {"org.opencontainers.image.title": "kafka", "org.opencontainers.image.version": version}
    return {**base.environment("/opt/kafka/bin"), "WorkingDir": "/opt/kafka", "Labels": labels}


def _fetch(version: str, libs: Path, log: Path) -> None:
    profile = ["-P", "log4j2"] if commands.is_kraft_only(version) else []
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={libs}", "-DincludeScope=runtime"]
    # Maven writes a target folder beside the pom it is given, so it gets one of its own.
    pom = libs.parent / "pom.xml"
    shutil.copyfile(_HERE / "pom.xml", pom)
    run(["mvn", "-B", "-ntp", "-f", str(pom), f"-Dkafka.version={version}", *profile, *goal], log)
    pom.unlink()


def check_classes(version: str, libs: Path) -> None:
    """Refuse jars that lack a class which one of the scripts starts: a moved class is found here and not in a pod."""
    wanted = {*commands.tools(version).values(), *(main for _, main in commands.servers(version).values())}
    for jar in libs.glob("*.jar"):
        with zipfile.ZipFile(jar) as content:
            wanted -= {name.removesuffix(".class").replace("/", ".") for name in content.namelist()}
    if wanted:
        raise ImageError(
            f"the jars of Kafka {version} lack {', '.join(sorted(wanted))}; "
            "correct the classes of this version in dev/images/kafka/commands.py"
        )


def _scripts(version: str) -> Mapping[str, str]:
    own = {file.name: file.read_text() for file in (_HERE / "bin").iterdir()}
    return own | commands.scripts(version)


def _logging(version: str) -> list[Path]:
    suffix = ".yaml" if commands.is_kraft_only(version) else ".properties"
    return sorted(file for file in (_HERE / "config").iterdir() if file.suffix == suffix)

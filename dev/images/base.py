"""The base layer that all Java images share: a small Debian of the machine's own release and a trimmed Java runtime.

Steps: a root filesystem by mmdebstrap from the machine's own package sources; a runtime by jlink with the modules that
Kafka, ZooKeeper, Connect and their diagnosis need; both in one layer, less what a container never uses.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev import cache
from dev.images.archive import LayerWriter
from dev.images.steps import ImageError, run

PACKAGES = (
    *("base-files", "base-passwd", "bash", "coreutils", "dash", "diffutils", "findutils", "grep", "hostname"),
    *("libc-bin", "libstdc++6", "sed", "zlib1g"),
)
"""What Kafka's scripts call and Java links to; diffutils only because dpkg refuses to work without it."""

MODULES = (
    *("java.se", "jdk.crypto.ec", "jdk.httpserver", "jdk.jcmd", "jdk.jfr", "jdk.management", "jdk.management.agent"),
    *("jdk.naming.dns", "jdk.net", "jdk.security.auth", "jdk.security.jgss", "jdk.unsupported", "jdk.zipfs"),
)
JAVA_HOME = "/opt/java/openjdk"
USER = 1000

_DROPPED = (
    *("boot", "dev", "media", "mnt", "srv", "usr/lib/x86_64-linux-gnu/gconv", "usr/share/doc", "usr/share/locale"),
    *("usr/share/man", "var/cache", "var/lib/apt", "var/log"),
    # What mmdebstrap takes over from this machine: package sources, name server, name.
    *("etc/apt", "etc/hostname", "etc/resolv.conf"),
)


def key() -> str:
    """Hash what the base layer depends on; a new build of a Debian package does not make a new layer."""
    here = Path(__file__)
    sources = [here.read_text(), (here.parent / "archive.py").read_text()]
    return cache.key(_codename(), (_jdk() / "release").read_text(), *sources)


def build(target: Path, log: Path) -> None:
    """Write the base layer's tar."""
    root, runtime = target.parent / "root.tar", target.parent / "runtime"
    _bootstrap(root, log)
    jlink = [str(_jdk() / "bin" / "jlink"), "--no-header-files", "--no-man-pages", "--strip-java-debug-attributes"]
    run([*jlink, "--add-modules", ",".join(MODULES), "--output", str(runtime)], log)
    # The archive of the JDK's own classes that every start maps instead of parsing them.
    run([str(runtime / "bin" / "java"), "-Xshare:dump"], log)
    with LayerWriter(target) as layer:
        layer.copy(root, is_kept)
        for name in ("opt/java", "opt/kafka"):
            layer.folder(name)
        layer.folder("home/appuser", owner=USER)
        layer.tree(runtime, JAVA_HOME.removeprefix("/"))
    root.unlink()
    shutil.rmtree(runtime)


def environment(extra_path: str) -> Mapping[str, object]:
    """Give the part of an image's configuration that comes with this layer."""
    path = f"{extra_path}:{JAVA_HOME}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"User": f"{USER}:{USER}", "Env": [f"PATH={path}", f"JAVA_HOME={JAVA_HOME}", "LANG=C.UTF-8"]}


def _bootstrap(target: Path, log: Path) -> None:
    excludes = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")]
    user = (
        f"echo appuser:x:{USER}:{USER}::/home/appuser:/bin/bash >> $1/etc/passwd && "
        f"echo appuser:x:{USER}: >> $1/etc/group"
    )
    command = ["mmdebstrap", "--variant=custom", f"--include={','.join(PACKAGES)}", f"--customize-hook={user}"]
    run([*command, *excludes, *_apt_options(), _codename(), str(target), *sources(_codename())], log)


def is_kept(name: str) -> bool:
    """Tell whether a file of the new filesystem belongs in the image."""
    return not any(name == dropped or name.startswith(dropped + "/") for dropped in _DROPPED)


def _codename() -> str:
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def sources(code: str) -> Sequence[str]:
    """Read the distribution's own package sources as this machine is configured, without those of third parties.

    `--no-release-info` because the package lists may not be there: images of machines come without them.
    """
    form = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)"
    listing = subprocess.run(
        ["apt-get", "indextargets", "--no-release-info", "--format", form, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines: dict[str, None] = {}
    for target in listing.splitlines():
        uri, suite, component, keyring = target.split("|")
        if suite in {code, f"{code}-updates", f"{code}-security"} and component == "main":
            signed = f"[signed-by={keyring}] " if keyring.startswith("/") else ""
            lines[f"deb {signed}{uri} {suite} {component}"] = None
    if not lines:
        raise ImageError(f"apt has no package source for {code} main; add it to /etc/apt/sources.list and try again")
    return list(lines)


def _apt_options() -> Sequence[str]:
    """Hand the machine's proxies and certificates to the apt that fills the new filesystem."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    wanted = ("Acquire::http::", "Acquire::https::")
    return [f"--aptopt={line}" for line in dump.splitlines() if line.startswith(wanted) and ' "";' not in line]


def _jdk() -> Path:
    """Find the JDK that has jlink: JAVA_HOME's, else the one on PATH."""
    home = os.environ.get("JAVA_HOME")
    for candidate in (f"{home}/bin/jlink" if home else None, shutil.which("jlink")):
        if candidate and Path(candidate).is_file():
            return Path(candidate).resolve().parent.parent
    raise ImageError("no jlink in JAVA_HOME or on PATH; install a JDK 17: apt-get install openjdk-17-jdk-headless")

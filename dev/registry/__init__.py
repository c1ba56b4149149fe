"""Apicurio Registry as a plain process, for the end-to-end tests: one archive from Maven Central, pinned by its hash.

2.6 is its last line of which Maven Central has the archive with all that Maven needs to fetch it, and runs on JDK 17.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Final

from dev import PROJECT, DevError, cache
from dev.images.steps import run
from dev.progress import Progress

VERSION: Final = "2.6.13.Final"
SHA256: Final = "3cda1b34aa020fb4ac4dd6a66018d757e81e437f97e20a1f92d366b70091c6ba"
_POM: Final = PROJECT / "dev" / "registry" / "pom.xml"


def jar(progress: Progress) -> Path:
    """Return the jar that `java -jar` starts, with its libraries beside it; fetched if it is not in the cache."""
    target = cache.root() / "registry" / f"apicurio-{VERSION}-{cache.key(SHA256)}"
    folder = cache.ensure(target, f"Apicurio Registry {VERSION}", progress, _fetch)
    return folder / f"apicurio-registry-app-{VERSION}-runner.jar"


def checked(archive: Path, digest: str) -> Path:
    """Return the archive if its content has this digest. Raises DevError."""
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        raise DevError(f"{archive.name} has the SHA-256 {found}, and {digest} is pinned: it is not what was tested")
    return archive


def _fetch(folder: Path, log: Path) -> None:
    # Maven writes a target folder beside the pom it is given, so it gets one of its own.
    download = folder / "download"
    download.mkdir()
    shutil.copyfile(_POM, download / "pom.xml")
    version = f"-Dregistry.version={VERSION}"
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={download}"]
    run(["mvn", "-B", "-ntp", "-f", str(download / "pom.xml"), version, *goal], log)
    archive = checked(download / f"apicurio-registry-app-{VERSION}-all.tar.gz", SHA256)
    run(["tar", "-xzf", str(archive), "-C", str(folder)], log)
    shutil.rmtree(download)

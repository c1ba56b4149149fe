"""Writes image layers and docker-archives: plain tar files whose bytes depend on their content only.

Layers are not compressed: a runtime on the same machine reads them faster than it inflates them.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

EPOCH = 1_000_000_000
"""The modification time of every file, in seconds: Java's class archives record the times of their jars."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A finished layer: its tar and its digest."""

    path: Path
    digest: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Take a layer's tar from the disk and compute its digest."""
        with path.open("rb") as file:
            return cls(path=path, digest=f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")


class LayerWriter:
    """Writes one layer; every entry belongs to root and has the same time, and names are relative to `/`."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.TarFile(path, "w", format=tarfile.GNU_FORMAT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tar.close()

    def folder(self, name: str, mode: int = 0o755, owner: int = 0) -> None:
        """Add a folder; its parents must be in this layer or in one below."""
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
        self._add(entry, None)

    def file(self, name: str, content: bytes, mode: int = 0o644) -> None:
        """Add a file with this content."""
        entry = tarfile.TarInfo(name)
        entry.mode, entry.size = mode, len(content)
        self._add(entry, io.BytesIO(content))

    def tree(self, source: Path, name: str) -> None:
        """Add a folder of the disk with all that is in it, in sorted order, as `name`."""
        self.folder(name)
        for path in sorted(source.rglob("*")):
            entry = self._tar.gettarinfo(path, f"{name}/{path.relative_to(source)}")
            entry.uid = entry.gid = 0
            entry.mode |= 0o444
            if entry.isreg():
                with path.open("rb") as content:
                    self._add(entry, content)
            else:
                self._add(entry, None)

    def copy(self, source: Path, keep: Callable[[str], bool]) -> None:
        """Add the entries of another tar whose names `keep` accepts, with their owners and modes."""
        with tarfile.open(source) as other:
            for entry in other:
                entry.name = entry.name.removeprefix("./")
                if entry.name not in {"", "."} and keep(entry.name):
                    self._add(entry, other.extractfile(entry) if entry.isreg() else None)

    def _add(self, entry: tarfile.TarInfo, content: Any) -> None:
        entry.mtime = EPOCH
        entry.uname = entry.gname = ""
        self._tar.addfile(entry, content)


def write_archive(path: Path, reference: str, layers: Sequence[Layer], config: Mapping[str, object]) -> str:
    """Write a docker-archive of one image and return the digest of its configuration, which is the image's id."""
    description = {
        "architecture": "amd64",
        "os": "linux",
        "created": "2001-09-09T01:46:40Z",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
    }
    text = json.dumps(description, sort_keys=True).encode()
    digest = hashlib.sha256(text).hexdigest()
    names = [f"{layer.digest.removeprefix('sha256:')}.tar" for layer in layers]
    manifest = json.dumps([{"Config": f"{digest}.json", "RepoTags": [reference], "Layers": names}]).encode()
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for layer, name in zip(layers, names, strict=True):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = layer.path.stat().st_size, EPOCH
            with layer.path.open("rb") as content:
                tar.addfile(entry, content)
        for name, content in ((f"{digest}.json", text), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), EPOCH
            tar.addfile(entry, io.BytesIO(content))
    return f"sha256:{digest}"

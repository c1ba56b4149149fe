"""The pause image: one static program, the first process of every pod."""

import os
from pathlib import Path

from dev import cache
from dev.images.archive import Layer, LayerWriter, write_archive
from dev.images.steps import run

REFERENCE = "localhost/pause:1"
_SOURCES = ("__init__.py", "go.mod", "main.go", "../archive.py")


def key() -> str:
    """Hash what the image depends on."""
    return cache.key(*((Path(__file__).parent / name).read_text() for name in _SOURCES))


def build(folder: Path, archive: Path, log: Path) -> str:
    """Build the program and write the image's archive; returns its digest."""
    program = folder / "pause"
    settings = {"CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", str(program), "."]
    run(command, log, Path(__file__).parent, {**os.environ, **settings})
    tar = folder / "layer.tar"
    with LayerWriter(tar) as layer:
        layer.file("pause", program.read_bytes(), mode=0o755)
    digest = write_archive(archive, REFERENCE, [Layer.read(tar)], {"Entrypoint": ["/pause"], "User": "65535:65535"})
    tar.unlink()
    program.unlink()
    return digest

"""The container images that run in the local Kubernetes: Apache Kafka in several versions, and pause.

`ensure` is the only entry. Images are docker-archives in the cache, named by the content of what they are made from.
Each holds all of its layers; those of Kafka share the base, which a runtime keeps once.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev import cache
from dev.images import base, kafka, pause
from dev.images.archive import Layer, write_archive
from dev.images.kafka import training
from dev.images.steps import ImageError
from dev.progress import Progress

__all__ = ["Image", "ImageError", "ensure"]


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image and the docker-archive that holds it."""

    reference: str
    """As a pod names it, with tag: `localhost/kafka:3.9.2`."""
    archive: Path
    digest: str
    """`sha256:...` of the image's configuration: what a runtime reports as its image id."""


@dataclass(frozen=True, kw_only=True)
class _Recipe:
    """How one image is made: `build(folder, archive, log) -> digest`, in a folder of its own."""

    reference: str
    entry: Path
    build: Callable[[Path, Path, Path], str]


def ensure(progress: Progress) -> Sequence[Image]:
    """Make every image available and return them; quick when all are in the cache."""
    folder = cache.root() / "images"
    recipes = _recipes(folder)
    if not all(cache.is_present(recipe.entry) for recipe in recipes):

        def wait() -> None:
            progress.say(f"images: another run is building into {folder}; waiting for it")

        with cache.lock(folder, wait):
            for recipe in recipes:
                if not cache.is_present(recipe.entry):
                    _build(recipe, folder, progress)
            cache.prune(folder)
    return [_read(recipe) for recipe in recipes]


def _recipes(folder: Path) -> Sequence[_Recipe]:
    base_entry = folder / f"base-{base.key()}"

    def of_kafka(version: str) -> _Recipe:
        def build(target: Path, archive: Path, log: Path) -> str:
            programs, classes = target / "programs.tar", target / "classes.tar"
            kafka.build_layer(version, programs, log)
            layers = [_base_layer(base_entry, log), Layer.read(programs)]
            training.build_layer(layers, classes, log)
            layers.append(Layer.read(classes))
            digest = write_archive(archive, kafka.reference(version), layers, kafka.configuration(version))
            programs.unlink()
            classes.unlink()
            return digest

        name = f"kafka-{version}-{kafka.key(version, base_entry.name)}"
        return _Recipe(reference=kafka.reference(version), entry=folder / name, build=build)

    own = _Recipe(reference=pause.REFERENCE, entry=folder / f"pause-{pause.key()}", build=pause.build)
    return [own, *(of_kafka(version) for version in kafka.VERSIONS)]


def _base_layer(entry: Path, log: Path) -> Layer:
    if not cache.is_present(entry):
        with cache.entry(entry) as partial:
            base.build(partial / "layer.tar", log)
    return Layer.read(entry / "layer.tar")


def _build(recipe: _Recipe, folder: Path, progress: Progress) -> None:
    log = folder / "log" / f"{recipe.entry.name.rpartition('-')[0]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    with progress.step(f"image {recipe.reference}"), cache.entry(recipe.entry) as partial:
        digest = recipe.build(partial, partial / "image.tar", log)
        (partial / "image.json").write_text(json.dumps({"digest": digest}))


def _read(recipe: _Recipe) -> Image:
    digest = json.loads((recipe.entry / "image.json").read_text())["digest"]
    return Image(reference=recipe.reference, archive=recipe.entry / "image.tar", digest=digest)

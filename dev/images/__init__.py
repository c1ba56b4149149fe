"""The container images that run in the local Kubernetes: Apache Kafka in several versions, and pause.

`ensure` is the only entry. Images are docker-archives in the cache, named by the content of what they are made from;
versions share their base layer, and one archive holds every image, so that a runtime reads each layer once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image and the docker-archive that holds it; several images may be in one archive."""

    reference: str
    """As a pod names it, with tag: `localhost/kafka:3.9.2`."""
    archive: Path
    digest: str
    """`sha256:...` of the image's configuration: what a runtime reports as its image id."""


def ensure(progress: Progress) -> Sequence[Image]:
    """Make every image available and return them; quick when all are in the cache."""
    raise NotImplementedError

"""`python -m dev images`: make the images available and say where each is."""

from collections.abc import Sequence

from dev.images import ensure
from dev.progress import Progress


def main(_arguments: Sequence[str], progress: Progress) -> int:
    """Build what is missing and print each image with its archive."""
    for image in ensure(progress):
        size = image.archive.stat().st_size / 1e6
        progress.say(f"{image.reference:<24} {size:4.0f} MB  {image.digest[:19]}  {image.archive}")
    return 0

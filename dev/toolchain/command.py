"""`python -m dev toolchain`: make the tools available and say where each is."""

from collections.abc import Sequence

from dev.progress import Progress
from dev.toolchain import ensure


def main(_arguments: Sequence[str], progress: Progress) -> int:
    """Build what is missing and print the folder and the versions."""
    toolchain = ensure(progress)
    progress.say(f"toolchain: {toolchain.bin}")
    for part, version in toolchain.versions.items():
        progress.say(f"  {part} {version}")
    return 0

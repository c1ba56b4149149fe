"""Developer machinery: the toolchain, the images, the local three-zone Kubernetes.

It may import the product, never the reverse.
"""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""The folder of the project, where Pulumi.yaml and pyproject.toml stand."""


class DevError(Exception):
    """A failure whose message is for the person at the keyboard; the command line prints it without a traceback."""

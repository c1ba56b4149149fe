"""The component package: the engine starts this for programs in other languages; see `components.host`."""

import sys
from pathlib import Path

# The engine runs this folder, whose `kafka` would hide a library of that name; the project is the folder above.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from components.host import serve  # noqa: E402 - the folder above comes first

if __name__ == "__main__":
    serve()

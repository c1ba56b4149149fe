"""`python -m dev COMMAND`: the table of the developer commands; each lives in the module named here."""

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dev import DevError


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command's one-line help and its function `(arguments) -> exit code`, imported only when it is called."""

    function: str
    help: str


COMMANDS = {
    "toolchain": Command(function="dev.toolchain.command:main", help="build what is missing of the tools"),
    "images": Command(function="dev.images.command:main", help="build what is missing of the container images"),
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; a known failure becomes a message and exit code 1."""
    if not arguments or arguments[0] not in COMMANDS:
        given = f"unknown command {arguments[0]!r}" if arguments else "no command given"
        table = "\n".join(f"  {name:<12} {command.help}" for name, command in COMMANDS.items())
        print(f"{given}; the commands are:\n{table}", file=sys.stderr)
        return 2
    module, _, name = COMMANDS[arguments[0]].function.partition(":")
    function: Callable[[Sequence[str]], int] = getattr(importlib.import_module(module), name)
    try:
        return function(arguments[1:])
    except DevError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; run the same command again to go on", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m dev COMMAND`: the table of the developer commands. Each is imported only when it is called."""

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dev import DevError
from dev.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command: where its function `(arguments, progress) -> exit code` is, and one line of help."""

    function: str
    help: str


COMMANDS = {
    "up": Command(function="dev.up:up_command", help="bring a stack up and prove that it serves"),
    "down": Command(function="dev.up:down_command", help="take the local cluster down, with volumes and state"),
    "status": Command(function="dev.cluster.status:command", help="say what of the local cluster runs"),
    "zone": Command(function="dev.cluster.nodes:command", help="cut a zone off or let it back: zone down b, zone up b"),
    "pulumi": Command(function="dev.up:pulumi_command", help="run pulumi for the stack named by STACK"),
    "kubectl": Command(function="dev.up:kubectl_command", help="run kubectl in the cluster and namespace of STACK"),
    "toolchain": Command(function="dev.toolchain.command:main", help="build what is missing of the tools"),
    "images": Command(function="dev.images.command:main", help="build what is missing of the container images"),
    "keys": Command(function="dev.keys:command", help="ask every line of Kafka for its keys, and write their table"),
    "scenarios": Command(function="dev.scenarios:command", help="write docs/scenarios.md from the tests"),
    "reference": Command(function="dev.reference:command", help="write docs/reference.md from the code"),
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; a known failure becomes a message and exit code 1."""
    table = "\n".join(f"  {name:<10} {command.help}" for name, command in COMMANDS.items())
    if arguments and arguments[0] in ("-h", "--help"):
        print(f"the commands of `python -m dev` are:\n{table}")
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        given = f"unknown command {arguments[0]!r}" if arguments else "no command given"
        print(f"{given}; the commands are:\n{table}", file=sys.stderr)
        return 2
    module, _, name = COMMANDS[arguments[0]].function.partition(":")
    function: Callable[[Sequence[str], Progress], int] = getattr(importlib.import_module(module), name)
    try:
        return function(arguments[1:], Progress())
    except DevError as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

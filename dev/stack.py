"""Run the Pulumi engine for a stack: the binaries, the environment and, for local stacks, a private backend.

A local stack keeps its state, its engine home and its encryption salt beside the local cluster, not in the checkout:
the committed stack file stays exactly what a person wrote. Any other stack uses the caller's own `pulumi` settings.
"""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import yaml

from dev import PROJECT, DevError
from dev.cluster.state import KUBECONFIG, STATE

PROVIDER = "pulumi-resource-kubernetes"
BACKEND = STATE / "stacks"
#: Commands of the engine that read a stack file and so take `--config-file`.
READS_CONFIG = frozenset({"up", "update", "preview", "destroy", "refresh", "config", "watch"})
#: What changes a stack file, by its first two words.
_EDITS = frozenset(("config", verb) for verb in ("set", "set-all", "rm", "rm-all", "cp", "refresh"))


class StackError(DevError):
    """A stack cannot be used; the message says which, why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of this project and the engine that runs it."""

    name: str
    tools: Path
    """Folder with `pulumi` and its plugins."""
    overrides: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Laid over the stack file's configuration, mapping by mapping; a None removes the key. Local stacks only."""

    @property
    def file(self) -> Path:
        """The committed stack file."""
        return PROJECT / "stacks" / f"Pulumi.{self.name}.yaml"

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The stack file's configuration. Raises StackError when there is no such file."""
        if not self.file.is_file():
            known = sorted(path.name.split(".")[1] for path in self.file.parent.glob("Pulumi.*.yaml"))
            raise StackError(f"stack {self.name!r} has no file {self.file}; known stacks: {', '.join(known)}")
        return (yaml.safe_load(self.file.read_text()) or {}).get("config", {})

    @property
    def is_local(self) -> bool:
        """Whether the stack names the local cluster, and so uses the private backend."""
        cluster = self.config.get("kafka-platform:kubernetes") or {}
        return cluster.get("kubeconfig") == str(KUBECONFIG)

    def environment(self) -> dict[str, str]:
        """Return the environment of every engine command for this stack.

        The Kubernetes provider writes the kubeconfig, keys included, into the folder for temporary files, and leaves it
        there: for a local stack that is one of its own, which goes with the state.
        """
        venv = PROJECT / ".venv"
        env = {
            **os.environ,
            # The engine finds its other programs beside itself, and warns in every run of a plugin that is on PATH.
            "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(venv),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        if self.is_local:
            temporary = BACKEND / "temporary"
            temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
            env |= {
                "TMPDIR": str(temporary),
                "PULUMI_HOME": str(STATE / "pulumi"),
                "PULUMI_BACKEND_URL": f"file://{BACKEND}",
                # A local stack holds no secret: its passphrase is empty on purpose.
                "PULUMI_CONFIG_PASSPHRASE": "",
            }
            env.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        # What the engine starts again and again is compiled once, whoever has switched that off for himself.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        return env

    def prepare(self) -> None:
        """Put the provider where the engine finds it. Local stacks: create what is missing, lay the configuration."""
        self._install_provider()
        if not self.is_local:
            return
        salted = BACKEND / "init" / f"Pulumi.{self.name}.yaml"
        known = BACKEND / ".pulumi" / "stacks" / "kafka-platform" / f"{self.name}.json"
        if not (salted.is_file() and known.is_file()):
            self._initialise(salted)
        effective = {"config": merged(self.config, self.overrides), **yaml.safe_load(salted.read_text())}
        self._effective.parent.mkdir(parents=True, exist_ok=True)
        self._effective.write_text(yaml.safe_dump(effective, sort_keys=False))

    def _install_provider(self) -> None:
        """Put the Kubernetes provider, of its SDK's version, among the engine's plugins; one that is there stays."""
        # The engine takes the home folder from the machine's list of users, not from HOME.
        home = Path(self.environment().get("PULUMI_HOME") or Path(pwd.getpwuid(os.getuid()).pw_dir) / ".pulumi")
        folder = home / "plugins" / f"resource-kubernetes-v{version('pulumi-kubernetes')}"
        link, target = folder / PROVIDER, (self.tools / PROVIDER).resolve()
        if link.exists() and (not link.is_symlink() or link.resolve() == target):
            return
        folder.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    @property
    def _effective(self) -> Path:
        return BACKEND / "config" / f"Pulumi.{self.name}.yaml"

    def _initialise(self, salted: Path) -> None:
        """Make the stack in a bare project of the same name, so that the salt lands there and not in the checkout."""
        salted.parent.mkdir(parents=True, exist_ok=True)
        salted.unlink(missing_ok=True)
        (salted.parent / "Pulumi.yaml").write_text("name: kafka-platform\nruntime: python\n")
        known = self._engine(["stack", "ls", "--json"], cwd=salted.parent)
        if any(row["name"] == self.name for row in json.loads(known)):
            raise StackError(f"stack {self.name!r} exists in {BACKEND} but its salt is gone; `make down` starts afresh")
        self._engine(["stack", "init", self.name, "--non-interactive"], cwd=salted.parent)

    def _engine(self, arguments: Sequence[str], *, cwd: Path) -> str:
        done = subprocess.run(
            [str(self.tools / "pulumi"), *arguments],
            cwd=cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError(f"pulumi {' '.join(arguments)} failed for stack {self.name!r}: {done.stderr.strip()}")
        return done.stdout

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return the whole command line for engine arguments such as `["up", "--yes"]`."""
        whole = [str(self.tools / "pulumi"), *arguments, "--stack", self.name]
        if self.is_local and arguments and arguments[0] in READS_CONFIG:
            whole += ["--config-file", str(self._effective)]
        return whole

    def refuse_lost_edits(self, arguments: Sequence[str]) -> None:
        """Raise StackError for a command that would edit a local stack's configuration: the next one lays it anew."""
        if self.is_local and tuple(arguments[:2]) in _EDITS:
            raise StackError(
                f"`{' '.join(arguments[:2])}` would not last: the configuration of the local stack {self.name} is what "
                f"stacks/{self.file.name} says, laid anew before every command; edit that file"
            )

    def run(self, arguments: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run an engine command in the project; `options` are those of subprocess.run."""
        return subprocess.run(
            self.command(arguments), cwd=PROJECT, env=self.environment(), check=False, text=True, **options
        )

    def kubectl(self, arguments: Sequence[str]) -> list[str]:
        """Return the command line for kubectl in the stack's cluster and namespace."""
        cluster = self.config.get("kafka-platform:kubernetes") or {}
        whole = [
            str(self.tools / "kubectl"),
            "--namespace",
            str(self.config.get("kafka-platform:namespace", "default")),
        ]
        for name in ("kubeconfig", "context"):
            if cluster.get(name):
                whole += [f"--{name}", str(cluster[name])]
        return [*whole, *arguments]

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs."""
        done = self.run(["stack", "output", "--json"], capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise StackError(f"stack {self.name!r} has no outputs: {done.stderr.strip()}")
        return json.loads(done.stdout)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `over` laid on it: mappings are merged, None removes, anything else replaces."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def replace_process(stack: Stack, arguments: Sequence[str]) -> NoReturn:
    """Become the engine, so that signals and the terminal reach it directly."""
    stack.prepare()
    command = stack.command(arguments)
    os.chdir(PROJECT)
    sys.stdout.flush()
    os.execve(command[0], command, stack.environment())

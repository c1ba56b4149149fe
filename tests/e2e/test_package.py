"""The component package on real parts: a second program, the engine between the two, and Kubernetes that rolls."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.host import COMPONENTS
from components.spec.pod import component_labels
from contract import bootstrapped_name, identity_name
from dev import PROJECT, cluster, toolchain
from dev.proof import prove
from dev.stack import Stack
from tests.e2e.load import Load
from tests.spec.clusters import changed

NAMESPACE = "kafka-package"


@dataclass(kw_only=True)
class Program:
    """The second program, in a folder of its own, with a backend of its own."""

    folder: Path
    stack: Stack
    arguments: dict[str, Any]

    def write(self) -> None:
        """Write the program, what it is given, and how the engine finds the package."""
        plugin = self.launcher.parent
        plugin.mkdir(parents=True, exist_ok=True)
        python, package = PROJECT / ".venv" / "bin" / "python", PROJECT / "components"
        self.launcher.write_text(f'#!/bin/sh\nexec "{python}" "{package}" "$@"\n')
        self.launcher.chmod(0o755)
        project = {
            "name": "consumer",
            "runtime": {"name": "python", "options": {"virtualenv": str(PROJECT / ".venv")}},
            "plugins": {"providers": [{"name": "kafka-platform", "path": str(plugin)}]},
        }
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        program = PROJECT / "tests" / "e2e" / "consumer" / "__main__.py"
        (self.folder / "__main__.py").write_text(program.read_text())
        place = self.stack.config["kafka-platform:kubernetes"]
        (self.folder / "given.json").write_text(json.dumps({**place, "arguments": self.arguments}))

    @property
    def launcher(self) -> Path:
        """The program that the engine starts for the package."""
        return self.folder / "plugin" / "pulumi-resource-kafka-platform"

    def engine(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run an engine command to its end."""
        self.write()
        backend = self.folder / "state"
        backend.mkdir(exist_ok=True)
        done = subprocess.run(
            [str(self.stack.tools / "pulumi"), *arguments],
            cwd=self.folder,
            env=self.stack.environment() | {"PULUMI_BACKEND_URL": f"file://{backend}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done

    def up(self, *more: str) -> str:
        """Run `pulumi up`."""
        return self.engine("up", "--yes", "--skip-preview", "--stack", "trial", *more).stdout

    def bootstrap(self) -> str:
        """Where clients outside begin."""
        return json.loads(self.engine("stack", "output", "--json", "--stack", "trial").stdout)["externalBootstrap"]

    def brokers(self) -> dict[str, Any]:
        """Return the live pods of the brokers by name."""
        selector = ",".join(f"{key}={value}" for key, value in component_labels("kafka", "broker").items())
        return {pod["metadata"]["name"]: pod for pod in self.objects("pods", "-l", selector)}

    def objects(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """Return the live objects of a kind."""
        return json.loads(self.kubectl("get", kind, "-o", "json", *arguments))["items"]

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl in the program's namespace."""
        place = self.stack.config["kafka-platform:kubernetes"]
        command = [str(self.stack.tools / "kubectl"), "--kubeconfig", place["kubeconfig"], "-n", NAMESPACE]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def program(
    tmp_path_factory: pytest.TempPathFactory, local_cluster: cluster.Cluster, tools: toolchain.Toolchain
) -> Iterator[Program]:
    """The second program, brought up from nothing."""
    stack = Stack(name="local-kraft", tools=tools.bin)
    stack.prepare()
    sections = ("kafka", "controllers")
    arguments: Any = {section: stack.config[f"kafka-platform:{section}"] for section in sections}
    arguments |= {"namespace": NAMESPACE, "updates": "rolling"}
    arguments = changed(arguments, "kafka/resources/memory", "768Mi")
    for index in range(3):
        arguments = changed(arguments, f"kafka/racks/{index}/external/firstNodePort", 31700 + 10 * index)
    made = Program(folder=tmp_path_factory.mktemp("consumer"), stack=stack, arguments=arguments)
    made.engine("stack", "init", "trial")
    made.up()
    prove(made.bootstrap())
    yield made
    # Nothing waits for the end of it, and no broker for controllers that went first: the volumes go with the session.
    made.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    made.kubectl("delete", "pods", "--all", "--force", "--grace-period=0")


def test_the_engine_reads_the_schema_of_the_package(program: Program) -> None:
    schema = json.loads(program.engine("package", "get-schema", str(program.launcher)).stdout)
    assert set(schema["resources"]) == {f"kafka-platform:index:{kind.__name__}" for kind in COMPONENTS}


def test_a_cluster_of_a_second_program_has_its_identity_and_its_mark_without_a_hook(program: Program) -> None:
    found = {each["metadata"]["name"]: each["data"] for each in program.objects("configmaps")}
    assert found[bootstrapped_name("kafka")] == {"bootstrapped": "true"}
    assert found[identity_name("kafka")]["initialControllers"].count("@") == 3


def test_a_second_up_of_the_second_program_changes_nothing(program: Program) -> None:
    before = {name: pod["metadata"]["uid"] for name, pod in program.brokers().items()}
    program.up("--expect-no-changes")
    assert {name: pod["metadata"]["uid"] for name, pod in program.brokers().items()} == before


def test_wrong_arguments_are_one_clean_error_with_their_path(program: Program) -> None:
    right = program.arguments
    program.arguments = changed(right, "kafka/replicationFactor", 9)
    try:
        run = program.engine("preview", "--stack", "trial", check=False)
    finally:
        program.arguments = right
    said = run.stdout + run.stderr
    assert run.returncode != 0
    assert "kafka.replicationFactor" in said and "given 9; allowed: 1 to 3" in said
    # The program's own Python tells more of its end than anybody asked for; the package does not.
    assert "SpecError" not in said and "components/" not in said


def test_a_changed_key_restarts_broker_after_broker_each_in_sync_before_the_next(program: Program) -> None:
    before = program.brokers()
    program.arguments = changed(program.arguments, "kafka/config", {"num.io.threads": 5})
    with Load(program.bootstrap(), "rolled") as load:
        program.up()
    after = program.brokers()
    assert all(after[name]["metadata"]["uid"] != before[name]["metadata"]["uid"] for name in before)
    spans = sorted((made_at(pod), ready_at(pod)) for pod in after.values())
    for (_, ready), (made, _) in pairwise(spans):
        assert ready <= made
    assert load.account.lost == set() and load.account.refused == [] and load.account.fatal == []


def test_brokers_that_all_start_at_once_wait_for_nobody_in_a_circle(program: Program) -> None:
    names = list(program.brokers())
    program.kubectl("delete", "pods", "--force", "--grace-period=0", *names)
    for name in names:
        program.kubectl("wait", "--for=condition=Ready", "--timeout=120s", f"pod/{name}")
    prove(program.bootstrap())


def made_at(pod: dict[str, Any]) -> datetime:
    """Return when a pod was made."""
    return datetime.fromisoformat(pod["metadata"]["creationTimestamp"])


def ready_at(pod: dict[str, Any]) -> datetime:
    """Return when a pod was ready for the last time that it became so."""
    (ready,) = [each for each in pod["status"]["conditions"] if each["type"] == "Ready"]
    assert ready["status"] == "True"
    return datetime.fromisoformat(ready["lastTransitionTime"])

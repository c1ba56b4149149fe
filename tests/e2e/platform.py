"""A stack of this project on the local cluster, as the tests see it: the engine from outside, the pods from inside."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import contract
from dev.cluster import recycle_released_volumes
from dev.cluster.state import KUBECONFIG
from dev.stack import Stack, merged
from tests.e2e.load import Load

KAFKA = "kafka-platform:kafka"
_BATCH = re.compile(
    r"^baseOffset: (\d+) lastOffset: (\d+) .*?baseSequence: (-?\d+) .*?producerId: (-?\d+) producerEpoch: (-?\d+)",
    re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Pod:
    """One live pod."""

    name: str
    uid: str
    zone: str
    component: str
    ready: bool
    revision: str
    restarts: int
    started: str

    @property
    def node_id(self) -> int:
        """The id in the pod's name."""
        return int(self.name.rpartition("-")[2])


@dataclass(kw_only=True)
class Run:
    """One finished engine command."""

    status: int
    text: str


@dataclass(kw_only=True)
class Platform:
    """A stack under test. `overrides` are the edits of the stack file made so far."""

    name: str
    tools: Path
    overrides: dict[str, Any] = field(default_factory=dict[str, Any])
    first_up: str = ""
    """What the first `pulumi up` printed."""

    @property
    def stack(self) -> Stack:
        """The stack with the edits made so far."""
        return Stack(name=self.name, tools=self.tools, overrides=self.overrides)

    @property
    def namespace(self) -> str:
        """The stack's namespace."""
        return str(self.stack.config["kafka-platform:namespace"])

    @property
    def cluster(self) -> str:
        """The Kafka cluster's name."""
        return str(self.stack.config[KAFKA]["name"])

    def edit(self, edits: Mapping[str, Any]) -> None:
        """Edit the stack file, by the overlay that only this test run sees."""
        self.overrides = merged(self.overrides, edits)

    def edit_kafka(self, key: str, value: Any) -> Any:
        """Set one Kafka key of the stack file, None removes it; return what an earlier edit had left there."""
        former = self.overrides.get(KAFKA, {}).get("config", {}).get(key)
        if value is None:
            self.overrides.get(KAFKA, {}).get("config", {}).pop(key, None)
        else:
            self.edit({KAFKA: {"config": {key: value}}})
        return former

    def engine(self, *arguments: str, timeout: float = 900) -> Run:
        """Run an engine command to its end."""
        stack = self.stack
        stack.prepare()
        done = stack.run(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
        )
        return Run(status=done.returncode, text=done.stdout)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start an engine command in a process group of its own, to be killed by a test."""
        stack = self.stack
        stack.prepare()
        return subprocess.Popen(
            stack.command(list(arguments)),
            cwd=Path(__file__).parents[2],
            env=stack.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def up(self, *arguments: str) -> str:
        """Run `pulumi up` and return what it printed. Fails the test when it fails.

        The local cluster has a fixed number of volumes: those that earlier tests released are offered again first.
        """
        recycle_released_volumes()
        run = self.engine("up", "--yes", "--skip-preview", *arguments)
        assert run.status == 0, run.text
        return run.text

    def preview(self, *arguments: str) -> str:
        """Run `pulumi preview` and return what it printed. Fails the test when it fails."""
        run = self.engine("preview", *arguments)
        assert run.status == 0, run.text
        return run.text

    def bootstrap(self) -> str:
        """The external bootstrap addresses."""
        return str(self.stack.outputs()["externalBootstrap"])

    def load(self, topic: str) -> Load:
        """Return a load on a topic of its own, as a context manager: a stack that was kept holds older ones."""
        return Load(self.bootstrap(), f"{topic}-{uuid4().hex[:8]}")

    def written_twice(self, load: Load) -> list[str]:
        """Return the messages that the brokers took twice under one sequence number: what idempotence rules out.

        A producer that begins a new epoch numbers anew, and may write once more what was in flight then. librdkafka
        does so after some errors; that is between the client and itself, and was seen in one load out of five.
        """
        found: list[str] = []
        for number, places in load.account.doubled.items():
            sequences = [self._sequence(load.topic, *place) for place in sorted(places)]
            if len(set(sequences)) < len(sequences):
                found.append(f"message {number} at partition, offset {sorted(places)}: {sequences[0]}")
        return found

    def _sequence(self, topic: str, partition: int, offset: int) -> tuple[int, int, int]:
        """Return producer id, producer epoch and sequence number of one record, as it lies on a broker's disk."""
        files = f"/var/lib/kafka-platform/data/{topic}-{partition}/*.log"
        dump = f"KAFKA_HEAP_OPTS=-Xmx48m /opt/kafka/bin/kafka-dump-log.sh --files $(ls {files} | paste -sd,)"
        pod = next(pod.name for pod in self.pods("broker").values() if pod.ready)
        for batch in _BATCH.finditer(self.kubectl("exec", pod, "--", "bash", "-c", dump)):
            base, last, sequence, producer, epoch = map(int, batch.groups())
            if base <= offset <= last:
                return producer, epoch, sequence + offset - base
        raise AssertionError(f"{topic}-{partition} has no record at offset {offset} on {pod}")

    def kubectl(self, *arguments: str, check: bool = True) -> str:
        """Run kubectl in the stack's namespace and return what it printed."""
        done = subprocess.run(
            [str(self.tools / "kubectl"), "--kubeconfig", str(KUBECONFIG), "-n", self.namespace, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def objects(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """Return the live objects of a kind in the namespace."""
        return json.loads(self.kubectl("get", kind, "-o", "json", *arguments))["items"]

    def pods(self, component: str = "") -> dict[str, Pod]:
        """Return the live pods by name, all or those of one component."""
        selector = f"{contract.LABEL_CLUSTER}={self.cluster}"
        if component:
            selector += f",{contract.LABEL_COMPONENT}={component}"
        return {pod.name: pod for pod in map(_pod, self.objects("pods", "-l", selector))}

    def uids(self, component: str = "") -> dict[str, str]:
        """Return the live pods' UIDs by name: equal before and after means nobody was restarted by deletion."""
        return {name: pod.uid for name, pod in self.pods(component).items()}


def _pod(item: dict[str, Any]) -> Pod:
    conditions = item["status"].get("conditions", [])
    statuses = item["status"].get("containerStatuses", [])
    return Pod(
        name=item["metadata"]["name"],
        uid=item["metadata"]["uid"],
        zone=item["spec"].get("nodeName", ""),
        component=item["metadata"]["labels"][contract.LABEL_COMPONENT],
        ready=any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
        and "deletionTimestamp" not in item["metadata"],
        revision=item["metadata"].get("annotations", {}).get(contract.ANNOTATION_REVISION, ""),
        restarts=sum(status["restartCount"] for status in statuses),
        started=item["status"].get("startTime", ""),
    )

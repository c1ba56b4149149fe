"""Kafka Connect on real parts: the lines of a file into a topic and out again, a worker killed in between.

The connectors for files come with Kafka and promise at least once: whatever was read is in the topic in its order, and
whatever is in the topic is written. Both workers hold the same file, as a shared volume would give them.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.parts import kafka_processes, kill
from tests.e2e.platform import Platform

KRAFT = pytest.mark.parametrize("platform", ["local-kraft"], indirect=True)
SECTION = "kafka-platform:connect"
CONNECT: dict[str, Any] = {
    "replicas": 2,
    "resources": {"cpu": "50m", "memory": "512Mi", "heap": "160Mi"},
    "jvm": {"options": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"},
    "pluginPaths": ["/opt/kafka/libs/connect-file-4.3.1.jar"],
    "config": {
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.flush.interval.ms": 1000,
        "offset.storage.partitions": 5,
        "scheduled.rebalance.max.delay.ms": 0,
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 1500,
    },
}
DEADLINE = 90


class Workers:
    """The workers of a stack, through the API server's way to their Service."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._path = f"/api/v1/namespaces/{platform.namespace}/services/{platform.cluster}-connect:8083/proxy"

    def get(self, path: str) -> Any:
        """Return what the workers answer."""
        return json.loads(self.platform.kubectl("get", "--raw", f"{self._path}{path}"))

    def declare(self, *connectors: Mapping[str, object]) -> None:
        """Have exactly these connectors, by the stack."""
        self.platform.edit({SECTION: {**CONNECT, "connectors": list(connectors)}})
        self.platform.up()

    def states(self, name: str) -> list[tuple[str, str]]:
        """Return state and worker of each of its tasks."""
        try:
            told = self.get(f"/connectors/{name}/status")
        except AssertionError:  # nobody answers while the workers agree on a leader
            return []
        return [(task["state"], task["worker_id"].partition(":")[0]) for task in told["tasks"]]

    def runs(self, name: str, *, elsewhere_than: str = "") -> bool:
        """Tell whether its one task runs, on another worker than the given one."""
        states = self.states(name)
        return len(states) == 1 and states[0][0] == "RUNNING" and states[0][1] != elsewhere_than

    def pods(self) -> dict[str, dict[str, Any]]:
        """Return the workers' pods by address."""
        label = "kafka-platform/component=connect"
        return {pod["status"]["podIP"]: pod for pod in self.platform.objects("pods", "-l", label)}

    def put(self, lines: list[str], file: str) -> None:
        """Give every worker a file."""
        text = "\\n".join(lines)
        for pod in self.pods().values():
            command = f"printf '{text}\\n' > {file}"
            self.platform.kubectl("exec", pod["metadata"]["name"], "--", "bash", "-c", command)

    def written(self, file: str) -> list[str]:
        """Return the lines that any worker wrote to a file."""
        command = f"[ ! -f {file} ] || cat {file}"
        names = [pod["metadata"]["name"] for pod in self.pods().values()]
        return [
            line
            for name in names
            for line in self.platform.kubectl("exec", name, "--", "bash", "-c", command).splitlines()
        ]


def until(holds: Callable[[], bool], said: str) -> None:
    """Wait until something holds; fail with words when it does not in time."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, said
        time.sleep(0.5)


@pytest.fixture
def workers(platform: Platform) -> Iterator[Workers]:
    """The stack with two workers, which go again."""
    platform.edit({SECTION: CONNECT})
    platform.up()
    yield Workers(platform)
    del platform.overrides[SECTION]
    platform.up()
    assert platform.objects("deployments") == []


@KRAFT
def test_lines_go_into_a_topic_and_out_again_though_a_worker_is_killed(workers: Workers) -> None:
    platform, mark = workers.platform, uuid4().hex[:8]
    topic, source, sink = f"lines-{mark}", f"source-{mark}", f"sink-{mark}"
    first, all_lines = [f"line-{n}" for n in range(100)], [f"line-{n}" for n in range(200)]
    placed = {pod["spec"]["nodeName"] for pod in workers.pods().values()}
    assert len(placed) == 2, "two workers share a zone although there are three"

    create = f"/opt/kafka/bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic {topic} --partitions 1"
    platform.kubectl("exec", next(iter(platform.pods("broker"))), "--", "bash", "-c", create)
    workers.put(first, "/tmp/in.txt")
    workers.declare(
        _file("Source", source, file="/tmp/in.txt", topic=topic),
        _file("Sink", sink, file="/tmp/out.txt", topics=topic),
    )
    assert workers.runs(source) and workers.runs(sink), "the up ended before its connectors ran"
    run = platform.engine("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert run.status == 0, run.text
    until(lambda: set(workers.written("/tmp/out.txt")) == set(first), "the first lines did not come out")

    ((_, busy),) = workers.states(source)
    victim = workers.pods()[busy]
    kill(kafka_processes(victim["spec"]["nodeName"], victim["metadata"]["uid"]))
    until(lambda: workers.runs(source, elsewhere_than=busy), "nobody took the dead worker's task")
    workers.put(all_lines, "/tmp/in.txt")
    until(lambda: set(workers.written("/tmp/out.txt")) == set(all_lines), "lines were lost")

    read = (
        f"/opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic {topic} --from-beginning"
    )
    broker = next(iter(platform.pods("broker")))
    told = platform.kubectl("exec", broker, "--", "bash", "-c", f"{read} --timeout-ms 4000").splitlines()
    # The consumer logs where it prints, by the pod's own settings; and a source may write again what it had not noted.
    found = [line for line in told if line.startswith("line-")]
    assert list(dict.fromkeys(found)) == all_lines, "the topic does not hold the lines in their order"
    workers.declare()
    until(lambda: workers.get("/connectors") == [], "connectors are there that the stack does not name any more")


def _file(kind: str, name: str, **config: str) -> dict[str, object]:
    connector = f"org.apache.kafka.connect.file.FileStream{kind}Connector"
    return {"name": name, "class": connector, "config": config, "deletionProtection": False}

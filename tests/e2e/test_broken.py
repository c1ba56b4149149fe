"""A broken spec stops a roll at its first broker: what that leaves, what may end meanwhile, and what mends it.

The three claims share one broken roll, in this order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dev import cluster, images
from dev.progress import Progress
from tests.e2e.parts import kafka_processes, kill, without_kubelet
from tests.e2e.platform import Platform, Pod, Run
from tests.e2e.test_roll import eventually_ready

#: Kafka takes the value by its type and range, and refuses it beside its other settings.
KEY, VALUE = "queued.max.request.bytes", 5


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A roll that has stopped in its middle."""

    run: Run
    restarted: list[str]
    old: dict[str, Pod]
    """The brokers that still run the old revision, by name."""


@pytest.fixture(scope="module")
def broken(platform: Platform) -> Iterator[Broken]:
    """Roll to a configuration with which no broker starts; take it back at the end, if no test has."""
    before = platform.uids("broker")
    platform.edit_kafka(KEY, VALUE)
    run = platform.engine("up", "--yes", "--skip-preview")
    after = platform.pods("broker")
    yield Broken(
        run=run,
        restarted=[name for name, pod in after.items() if pod.uid != before[name]],
        old={name: pod for name, pod in after.items() if pod.uid == before[name]},
    )
    platform.edit_kafka(KEY, None)
    platform.up()


def test_a_broken_key_stops_at_the_first_broker_and_is_named(broken: Broken) -> None:
    assert broken.run.status != 0
    assert len(broken.restarted) == 1, f"{broken.restarted} were restarted with a broken key\n{broken.run.text}"
    assert broken.restarted[0] in broken.run.text and KEY in broken.run.text, broken.run.text
    assert all(pod.ready for pod in broken.old.values())


def test_pods_of_the_old_revision_restart_on_their_own_old_configuration_in_mid_roll(
    platform: Platform, broken: Broken
) -> None:
    """First one's container, then another's process while its kubelet is away, then every kubelet, runtime and node."""
    first, second = broken.old.values()
    platform.kubectl("exec", first.name, "--", "bash", "-c", "kill -TERM 1")
    eventually_ready(platform, first.name, restarts=first.restarts + 1)
    with without_kubelet(second.zone, platform.tools):
        processes = kafka_processes(second.zone, second.uid)
        assert processes, f"{second.name} has no Kafka process"
        kill(processes)
    back = eventually_ready(platform, second.name, restarts=second.restarts + 1)
    assert (back.uid, back.revision) == (second.uid, second.revision)
    cluster.down(progress=Progress())
    cluster.up(platform.tools, images.ensure(Progress()), Progress())
    for name, pod in broken.old.items():
        back = eventually_ready(platform, name, restarts=pod.restarts + 1)
        assert (back.uid, back.revision) == (pod.uid, pod.revision)


def test_the_corrected_spec_heals_the_broken_broker_and_restarts_nobody_else(
    platform: Platform, broken: Broken
) -> None:
    before = platform.uids("broker")
    platform.edit_kafka(KEY, None)
    platform.up()
    after = platform.pods("broker")
    assert all(pod.ready for pod in after.values())
    assert [name for name, pod in after.items() if pod.uid != before[name]] == broken.restarted
    assert {name: after[name].uid for name in broken.old} == {name: pod.uid for name, pod in broken.old.items()}

"""Claims about one look at a cluster: what decides about a restart is the youngest part of it."""

from dataclasses import dataclass, replace

from hooks.planner.snapshot import NodeId, ObservedServer
from hooks.runners.observe import observe
from tests.fakes.cluster import FakeCluster


@dataclass
class SlowEnsemble:
    """An ensemble of which a server is silent until its time is up, while a broker leaves every ISR."""

    cluster: FakeCluster

    def servers(self) -> tuple[ObservedServer, ...]:
        self.cluster.kafka.shut_down(NodeId(2000))
        self.cluster.sleep(5.0)
        return self.cluster.quorum.servers()


def test_an_isr_that_grew_old_while_the_ensemble_was_asked_is_asked_for_again():
    cluster = FakeCluster()
    seen = observe(replace(cluster.world(), ensemble=SlowEnsemble(cluster)), "broker")
    assert seen.kafka is not None
    assert not any(2000 in partition.isr for partition in seen.kafka.partitions)

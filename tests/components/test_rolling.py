"""`updates: rolling`: Kubernetes rolls a rack, Pulumi goes from rack to rack, and no hook is needed for either."""

import json
from itertools import pairwise
from typing import Any

import pytest

from components import ControllerQuorum, KafkaCluster, ZooKeeperEnsemble
from components.args import cluster_args
from components.spec.parsing import parse_cluster
from components.spec.reading import camel_case
from tests.components.engine import Recording, record
from tests.components.test_components import registered
from tests.spec.clusters import changed, kraft_config, zookeeper_config
from tests.spec.test_rolling import rolling_config


def rolled(config: dict[str, Any]) -> Recording:
    """Return what a cluster registers that Kubernetes rolls."""
    args = cluster_args(parse_cluster(rolling_config(config), camel_case))

    def program() -> None:
        quorum = ZooKeeperEnsemble if "zookeeper" in config else ControllerQuorum
        quorum("kafka", args)
        KafkaCluster("kafka", args)

    return record(program)


MADE = {"kraft": rolled(kraft_config()), "zookeeper": rolled(zookeeper_config())}


@pytest.fixture(params=MADE)
def made(request: pytest.FixtureRequest) -> Recording:
    return MADE[request.param]


def test_kubernetes_owns_the_count_and_the_restarts_and_pulumi_waits(made: Recording) -> None:
    for one in made.of(":StatefulSet"):
        assert one.inputs["spec"]["updateStrategy"] == {"type": "RollingUpdate"}
        assert one.ignore_changes == ("spec.volumeClaimTemplates",)
        annotations = one.inputs["metadata"]["annotations"]
        assert "pulumi.com/skipAwait" not in annotations and annotations["pulumi.com/timeoutSeconds"] == "3600"
        # A condition of this kind, unlike the default, is not taken from a status that is older than the change.
        assert json.loads(annotations["pulumi.com/waitFor"]) == [
            f"jsonpath={{.status.{each}}}=1" for each in ("replicas", "updatedReplicas", "readyReplicas")
        ]


def test_a_rack_comes_after_the_rack_before(made: Recording) -> None:
    for component in ("kafka-", "kafka-controller-", "kafka-zookeeper-"):
        racks = [one for one in made.of(":StatefulSet") if one.name in {f"streams/{component}{zone}" for zone in "abc"}]
        for before, after in pairwise(racks):
            assert before.urn in made.before(after)
            assert after.urn not in made.before(before)


def test_brokers_that_are_not_in_sync_yet_are_reached_all_the_same(made: Recording) -> None:
    for one in made.of(":Service"):
        assert one.inputs["spec"]["publishNotReadyAddresses"] is True, one.name


def test_configuration_goes_when_pulumi_has_seen_every_pod_leave_it(made: Recording) -> None:
    for one in made.of(":ConfigMap"):
        assert one.retain_on_delete is not one.inputs.get("immutable", False), one.name


def test_a_quorum_has_its_identity_before_it_starts_and_its_mark_when_all_have_formatted() -> None:
    kraft = MADE["kraft"]
    identity, mark = (kraft.one(":ConfigMap", f"streams/kafka-{name}") for name in ("identity", "bootstrapped"))
    controllers = [one for one in kraft.of(":StatefulSet") if "controller" in one.name]
    assert all(identity.urn in kraft.before(one) for one in controllers)
    assert {one.urn for one in controllers} <= kraft.before(mark)
    assert identity.ignore_changes == ("data",) and identity.retain_on_delete and mark.retain_on_delete
    assert mark.inputs["data"] == {"bootstrapped": "true"}
    assert not {"streams/kafka-identity"} & {one.name for one in MADE["zookeeper"].of(":ConfigMap")}


@pytest.mark.parametrize("config", [kraft_config(), zookeeper_config()], ids=["kraft", "zookeeper"])
def test_the_default_registers_what_it_did_without_the_option(config: dict[str, Any]) -> None:
    explicit = changed({key: value for key, value in config.items() if key != "kubernetes"}, "updates", "hooks")
    args = cluster_args(parse_cluster(explicit, camel_case))
    quorum = ZooKeeperEnsemble if "zookeeper" in config else ControllerQuorum
    explicitly = record(lambda: (quorum("kafka", args), KafkaCluster("kafka", args)))
    assert told(explicitly) == told(registered(config))


def told(made: Recording) -> dict[str, Any]:
    """Return what was registered, in whatever order."""
    return {one.urn: (one.inputs, one.ignore_changes, one.retain_on_delete) for one in made.registrations}

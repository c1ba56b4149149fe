"""What the components register: names, options, and the shape that no change of a spec may ever replace."""

from typing import Any

import pytest

from components import ControllerQuorum, KafkaCluster, ZooKeeperEnsemble
from components.args import cluster_args
from components.spec.problems import SpecError
from contract import LABEL_CLUSTER, LABEL_COMPONENT, LABEL_CONTENT, LABEL_POOL
from tests.components.engine import Recording, Registration, record
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config


def registered(config: dict[str, Any]) -> Recording:
    """Return what a cluster's components register."""
    args = cluster_args(cluster(config))

    def program() -> None:
        if "zookeeper" in config:
            ZooKeeperEnsemble("kafka", args)
        else:
            ControllerQuorum("kafka", args)
        KafkaCluster("kafka", args)

    return record(program)


ZOOKEEPER = registered(zookeeper_config())
KRAFT = registered(kraft_config())


def stateful_sets() -> list[Any]:
    return [
        pytest.param(one, id=f"{mode}-{one.name}")
        for mode, made in (("zookeeper", ZOOKEEPER), ("kraft", KRAFT))
        for one in sorted(made.of(":StatefulSet"), key=lambda one: one.name)
    ]


def test_type_tokens_are_pinned() -> None:
    # A token is part of every URN: another one replaces everything below it.
    assert {one.type for made in (ZOOKEEPER, KRAFT) for one in made.of("") if "kafka-platform" in one.type} == {
        "kafka-platform:index:BrokerPool",
        "kafka-platform:index:ControllerQuorum",
        "kafka-platform:index:KafkaCluster",
        "kafka-platform:index:ZooKeeperEnsemble",
    }


def test_names_of_resources_are_pinned() -> None:
    names = {one.name for one in ZOOKEEPER.registrations if not one.type.endswith(":ConfigMap")}
    assert names == {
        "kafka",
        *(f"kafka-{zone}" for zone in "abc"),
        *(f"streams/kafka-{zone}" for zone in "abc"),
        *(f"streams/kafka-zookeeper-{zone}" for zone in "abc"),
        *(f"streams/kafka-{zone}-{node}-external" for zone, node in (("a", 0), ("b", 1000), ("c", 2000))),
        "streams/kafka-bootstrap",
        "streams/kafka-brokers",
        "streams/kafka-zookeepers",
    }


@pytest.mark.parametrize("one", stateful_sets())
def test_a_pool_runs_in_its_zone_under_ids_of_its_own(one: Registration) -> None:
    spec = one.inputs["spec"]
    (term,) = spec["template"]["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
        "nodeSelectorTerms"
    ]
    (zone,) = term["matchExpressions"]
    assert zone == {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [f"zone-{one.name[-1]}"]}
    assert spec["ordinals"]["start"] in {0, 1000, 2000, 1, 11, 21, 9000, 9100, 9200}
    assert spec["replicas"] == 1


@pytest.mark.parametrize("one", stateful_sets())
def test_nothing_restarts_unless_a_hook_says_so(one: Registration) -> None:
    spec = one.inputs["spec"]
    assert spec["updateStrategy"] == {"type": "OnDelete"}
    assert spec["podManagementPolicy"] == "Parallel"
    assert {entry["key"] for entry in spec["template"]["spec"]["tolerations"]} == {
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    }
    assert not any("tolerationSeconds" in entry for entry in spec["template"]["spec"]["tolerations"])


@pytest.mark.parametrize("one", stateful_sets())
def test_the_hook_owns_the_count_and_claims_are_never_rewritten(one: Registration) -> None:
    assert one.ignore_changes == ("spec.replicas", "spec.volumeClaimTemplates")
    assert one.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


@pytest.mark.parametrize("one", stateful_sets())
def test_volumes_outlive_pods_and_pools(one: Registration) -> None:
    spec = one.inputs["spec"]
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "data"
    assert claim["spec"]["resources"]["requests"]["storage"] == "10Gi"


@pytest.mark.parametrize("one", stateful_sets())
def test_no_probe_ever_kills_a_broker(one: Registration) -> None:
    (container,) = one.inputs["spec"]["template"]["spec"]["containers"]
    assert "livenessProbe" not in container and "startupProbe" not in container
    assert "readinessProbe" in container


@pytest.mark.parametrize("one", stateful_sets())
def test_pods_meet_the_restricted_standard(one: Registration) -> None:
    pod = one.inputs["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False


def test_brokers_have_time_for_a_controlled_shutdown() -> None:
    pod = ZOOKEEPER.one(":StatefulSet", "streams/kafka-a").inputs["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] >= 600


@pytest.mark.parametrize("one", stateful_sets())
def test_a_selector_holds_only_what_never_changes(one: Registration) -> None:
    labels = one.inputs["spec"]["selector"]["matchLabels"]
    assert set(labels) == {LABEL_CLUSTER, LABEL_COMPONENT, LABEL_POOL}
    assert labels == one.inputs["spec"]["template"]["metadata"]["labels"]


# Every setting of a spec that can change while the pool stays, and a few that make another pool of it.
CHANGES: list[tuple[str, object]] = [
    ("namespace", "other"),
    ("kafka/name", "other"),
    ("kafka/image", "registry.example.com/kafka:1"),
    ("kafka/version", "3.9.1"),
    ("kafka/replicationFactor", 2),
    ("kafka/minInsyncReplicas", 1),
    ("kafka/allowFewerRacks", True),
    ("kafka/racks/0/name", "z"),
    ("kafka/racks/0/zone", "zone-z"),
    ("kafka/racks/0/firstBrokerId", 500),
    ("kafka/racks/0/brokers", 5),
    ("kafka/racks/0/external", None),
    ("kafka/racks/0/external/host", "198.51.100.7"),
    ("kafka/racks/0/external/firstNodePort", 30777),
    ("kafka/resources/cpu", "2"),
    ("kafka/resources/memory", "4Gi"),
    ("kafka/resources/heap", "512Mi"),
    ("kafka/storage/size", "50Gi"),
    ("kafka/storage/class", "slow"),
    ("kafka/storage/class", None),
    ("kafka/jvm", {"options": "-XX:+UseZGC"}),
    ("kafka/config", {}),
    ("kafka/config/num.io.threads", 16),
    ("zookeeper/racks/0/name", "z"),
    ("zookeeper/racks/0/zone", "zone-z"),
    ("zookeeper/racks/0/firstServerId", 5),
    ("zookeeper/racks/0/servers", 3),
    ("zookeeper/resources/memory", "2Gi"),
    ("zookeeper/storage/size", "50Gi"),
    ("zookeeper/storage/class", "slow"),
    ("zookeeper/config", {"maxClientCnxns": 0}),
    ("deletionProtection", False),
    ("updates", {"stableWindowSeconds": 9}),
    ("kubernetes/context", "other"),
]

#: What the provider replaces a StatefulSet for, unless a change there is ignored.
REPLACES = (
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("spec", "podManagementPolicy"),
    ("spec", "revisionHistoryLimit"),
    ("spec", "selector"),
    ("spec", "serviceName"),
    ("spec", "volumeClaimTemplates"),
)


@pytest.mark.parametrize(("path", "value"), CHANGES)
def test_no_change_of_a_spec_replaces_a_stateful_set(path: str, value: object) -> None:
    before = {one.urn: one for one in ZOOKEEPER.of(":StatefulSet")}
    after = registered(changed(zookeeper_config(), path, value)).of(":StatefulSet")
    for one in after:
        old = before.get(one.urn)
        for part, field in REPLACES if old else ():
            if f"{part}.{field}" in one.ignore_changes:
                continue
            assert old and one.inputs[part].get(field) == old.inputs[part].get(field), f"{one.name}: {part}.{field}"


def test_configuration_is_named_by_content_immutable_and_kept() -> None:
    maps = ZOOKEEPER.of(":ConfigMap")
    assert len(maps) == 6
    for one in maps:
        assert one.name == f"streams/{one.inputs['metadata']['name']}"
        assert one.inputs["immutable"] is True and one.retain_on_delete
        assert one.inputs["metadata"]["labels"][LABEL_CONTENT] == "true"


def test_changed_configuration_is_another_object_and_leaves_the_old_one_alone() -> None:
    after = registered(changed(zookeeper_config(), "kafka/config/num.io.threads", 16)).of(":ConfigMap")
    old, new = {one.urn for one in ZOOKEEPER.of(":ConfigMap")}, {one.urn for one in after}
    assert len(old & new) == 3 and len(new - old) == 3


def test_a_pool_comes_after_its_configuration_its_account_and_its_name() -> None:
    for made in (ZOOKEEPER, KRAFT):
        for one in made.of(":StatefulSet"):
            waits = made.before(one)
            name = one.inputs["spec"]["serviceName"]
            config = one.inputs["spec"]["template"]["spec"]["volumes"][0]["configMap"]["name"]
            assert made.one(":ServiceAccount", f"streams/{name}").urn in waits
            assert made.one(":Service", f"streams/{name}").urn in waits
            assert made.one(":ConfigMap", f"streams/{config}").urn in waits


def test_one_disruption_budget_covers_all_brokers_and_leaves_its_number_to_the_hook() -> None:
    budget = ZOOKEEPER.one(":PodDisruptionBudget", "streams/kafka-brokers")
    assert budget.inputs["spec"]["maxUnavailable"] == 1
    assert budget.inputs["spec"]["selector"]["matchLabels"] == {LABEL_CLUSTER: "kafka", LABEL_COMPONENT: "broker"}
    assert budget.ignore_changes == ("spec.maxUnavailable",)


def test_nodes_find_each_other_before_they_are_ready() -> None:
    for made, name in ((ZOOKEEPER, "kafka-zookeepers"), (KRAFT, "kafka-controllers"), (KRAFT, "kafka-brokers")):
        spec = made.one(":Service", f"streams/{name}").inputs["spec"]
        assert spec["clusterIP"] == "None" and spec["publishNotReadyAddresses"] is True


def test_pulumi_waits_for_no_service() -> None:
    for made in (ZOOKEEPER, KRAFT):
        for one in made.of(":Service"):
            assert one.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


def test_every_broker_has_a_node_port_of_its_own() -> None:
    made = registered(changed(zookeeper_config(), "kafka/racks/1/brokers", 2))
    ports = {
        one.inputs["spec"]["selector"]["statefulset.kubernetes.io/pod-name"]: one.inputs["spec"]["ports"][0]["nodePort"]
        for one in made.of(":Service")
        if one.inputs["spec"].get("type") == "NodePort"
    }
    assert ports == {"kafka-a-0": 30100, "kafka-b-1000": 30200, "kafka-b-1001": 30201, "kafka-c-2000": 30300}


def test_in_kraft_a_node_waits_for_its_identity_and_with_zookeeper_there_is_none() -> None:
    for one in KRAFT.of(":StatefulSet"):
        volumes = {volume["name"]: volume for volume in one.inputs["spec"]["template"]["spec"]["volumes"]}
        assert volumes["identity"] == {
            "name": "identity",
            "configMap": {"name": "kafka-identity", "optional": False},
        }
    for one in ZOOKEEPER.of(":StatefulSet"):
        assert "identity" not in str(one.inputs["spec"]["template"]["spec"]["volumes"])


def test_a_component_refuses_wrong_arguments_before_it_registers_anything() -> None:
    args: Any = cluster_args(cluster(zookeeper_config()))
    args["kafka"]["replication_factor"] = 9
    for create in (KafkaCluster, ZooKeeperEnsemble):
        with pytest.raises(SpecError, match=r"kafka\.replication_factor: given 9"):
            record(lambda create=create: create("kafka", args))


def test_a_quorum_of_the_other_mode_says_so() -> None:
    with pytest.raises(SpecError, match=r"controllers: given nothing.*use mode kraft"):
        record(lambda: ControllerQuorum("kafka", cluster_args(cluster(zookeeper_config()))))
    with pytest.raises(SpecError, match=r"zookeeper: given nothing.*use mode zookeeper"):
        record(lambda: ZooKeeperEnsemble("kafka", cluster_args(cluster(kraft_config()))))

"""The graph of a stack: what comes before what, on the way up and on the way down."""

from typing import Any

import pytest

from components.spec.rendering import wishes
from contract import Component
from stacks.deploy import deploy
from stacks.preflight import Refusal
from stacks.settings import Settings, parse_settings
from tests.components.engine import Recording, Registration, record
from tests.spec.clusters import changed, kraft_config, zookeeper_config


def seen(spec: object, at: object) -> None:
    """The live cluster forbids nothing."""


def deployed(config: dict[str, Any]) -> Recording:
    """Return what a stack registers."""
    return record(lambda: deploy(parse_settings(config), seen))


ZOOKEEPER = deployed(zookeeper_config())
KRAFT = deployed(kraft_config())
BOTH = pytest.mark.parametrize(
    ("made", "quorum"),
    [pytest.param(ZOOKEEPER, "zookeeper", id="zookeeper"), pytest.param(KRAFT, "controller", id="kraft")],
)


def workloads(made: Recording, component: str) -> list[Registration]:
    """Return the StatefulSets of a component."""
    return [
        one
        for one in made.of(":StatefulSet")
        if one.inputs["metadata"]["labels"]["kafka-platform/component"] == component
    ]


def guards(made: Recording, component: str) -> list[Registration]:
    """Return the guards of a component."""
    return [one for one in made.of(":Guard") if one.inputs["component"] == component]


@BOTH
def test_brokers_start_only_when_their_quorum_serves(made: Recording, quorum: Component) -> None:
    (identity,), (ensemble,), (namespace,) = made.of(":Identity"), made.of(":Ensemble"), made.of(":Namespace")
    for server in workloads(made, quorum):
        assert {namespace.urn, identity.urn} <= made.before(server)
        assert server.urn in made.before(ensemble)
    for broker in workloads(made, "broker"):
        assert ensemble.urn in made.before(broker)
        assert broker.order > ensemble.order


@BOTH
def test_the_brokers_hook_comes_last_and_so_speaks_first_in_a_destroy(made: Recording, quorum: Component) -> None:
    (brokers,) = made.of(":Brokers")
    others = {one.urn for one in (*made.of(":Guard"), *made.of(":StatefulSet"), *made.of(":Ensemble"))}
    assert others <= made.before(brokers)
    assert all(brokers.urn not in made.before(one) for one in made.registrations)


@BOTH
def test_every_stateful_set_has_a_guard_that_goes_before_it(made: Recording, quorum: Component) -> None:
    for component in ("broker", quorum):
        guarded = {one.inputs["workload"]: one for one in guards(made, component)}
        assert set(guarded) == {one.inputs["metadata"]["name"] for one in workloads(made, component)}
        for one in workloads(made, component):
            assert one.urn in made.before(guarded[one.inputs["metadata"]["name"]])


@BOTH
def test_in_a_destroy_the_quorum_outlives_the_brokers_and_the_identity_outlives_all(
    made: Recording, quorum: Component
) -> None:
    (identity,) = made.of(":Identity")
    for broker_guard in guards(made, "broker"):
        assert {one.urn for one in guards(made, quorum)} <= made.before(broker_guard)
    for one in (*made.of(":StatefulSet"), *made.of(":Guard"), *made.of(":ConfigMap")):
        assert identity.urn in made.before(one)


@BOTH
def test_hooks_hear_exactly_what_the_components_wrote(made: Recording, quorum: Component) -> None:
    settings = parse_settings(zookeeper_config() if quorum == "zookeeper" else kraft_config())
    told = wishes(settings.cluster)
    assert made.of(":Brokers")[0].inputs["pools"] == told["broker"]
    assert made.of(":Ensemble")[0].inputs["pools"] == told[quorum]
    for component, hook in (("broker", ":Brokers"), (quorum, ":Ensemble")):
        for pool in made.of(hook)[0].inputs["pools"]:
            one = made.one(":StatefulSet", f"streams/{pool['workload']}")
            metadata = one.inputs["spec"]["template"]["metadata"]
            assert metadata["annotations"]["kafka-platform/revision"] == pool["revision"]
            assert one.inputs["spec"]["ordinals"]["start"] == pool["firstId"]
            assert metadata["labels"]["kafka-platform/component"] == component


def test_hooks_are_told_where_and_how_fast() -> None:
    config = changed(zookeeper_config(), "updates", {"stableWindowSeconds": 3, "readyTimeoutSeconds": 100})
    made = deployed(changed(config, "deletionProtection", False))
    (brokers,) = made.of(":Brokers")
    assert brokers.inputs["connection"] == {
        "kubeconfig": "",
        "context": "test",
        "namespace": "streams",
        "cluster": "kafka",
    }
    assert brokers.inputs["pace"] == {"stableWindowSeconds": 3, "pollSeconds": 1, "readyTimeoutSeconds": 100}
    assert brokers.inputs["deletionProtection"] is False


def test_how_brokers_roll_is_said_only_where_it_differs_from_the_defaults() -> None:
    given = {"batch": "rack", "maxBatchShare": 0.5, "reassignments": "block", "maxMinutesPerRun": 90}
    told = deployed(changed(zookeeper_config(), "updates", given)).of(":Brokers")[0].inputs
    assert told["rolling"] == given
    for updates in ({}, {"batch": "one"}):
        told = deployed(changed(zookeeper_config(), "updates", updates)).of(":Brokers")[0].inputs
        assert "rolling" not in told


def test_the_window_is_the_quorums_too_and_nothing_else_of_how_brokers_roll() -> None:
    made = deployed(changed(zookeeper_config(), "updates", {"batch": "rack", "window": "22:00-04:30"}))
    assert made.of(":Ensemble")[0].inputs["rolling"] == {"window": "22:00-04:30"}
    assert made.of(":Brokers")[0].inputs["rolling"] == {"batch": "rack", "window": "22:00-04:30"}
    made = deployed(changed(zookeeper_config(), "updates", {"batch": "rack"}))
    assert "rolling" not in made.of(":Ensemble")[0].inputs


def test_keys_that_running_brokers_take_over_are_said_only_where_there_are_any() -> None:
    given = {"num.io.threads": 4, "log.retention.ms": 5, "queued.max.requests": 600}
    told = deployed(changed(zookeeper_config(), "kafka/config", given)).of(":Brokers")[0].inputs
    assert told["keys"] == {"live": {"num.io.threads": "4"}, "file": ["log.retention.ms"]}
    for config in ({}, {"queued.max.requests": 600}):
        told = deployed(changed(zookeeper_config(), "kafka/config", config)).of(":Brokers")[0].inputs
        assert "keys" not in told


def test_the_hooks_hear_of_lost_brokers_and_of_kafkas_own_topics_only_where_the_spec_speaks_of_them() -> None:
    own = {"__consumer_offsets": 2, "__transaction_state": 3}
    given = changed(zookeeper_config(), "kafka/config", {"offsets.topic.replication.factor": 2})
    made = deployed(changed(given, "rebalance", {"lostBrokers": [2000, 1000], "internalTopics": True}))
    assert made.of(":Brokers")[0].inputs["movement"]["lostBrokers"] == [1000, 2000]
    assert (made.of(":Topics")[0].inputs["internal"], made.of(":Topics")[0].inputs["topics"]) == (own, {})
    made = deployed(changed(kraft_config(), "rebalance", {"internalTopics": True}))
    assert made.of(":Topics")[0].inputs["internal"] == {**dict.fromkeys((*own, "__share_group_state"), 3)}
    assert ZOOKEEPER.of(":Topics") == [] and "lostBrokers" not in ZOOKEEPER.of(":Brokers")[0].inputs["movement"]


def test_the_identity_names_the_first_controllers() -> None:
    assert KRAFT.of(":Identity")[0].inputs["controllers"] == [
        {"id": 9000 + 100 * index, "host": f"kafka-controller-{zone}-{9000 + 100 * index}.kafka-controllers.{rest}"}
        for index, zone in enumerate("abc")
        for rest in ("streams.svc.cluster.local",)
    ]
    assert ZOOKEEPER.of(":Identity")[0].inputs["controllers"] == []


@BOTH
def test_hooks_are_told_their_own_urn(made: Recording, quorum: Component) -> None:
    for kind in (":Identity", ":Ensemble", ":Guard", ":Brokers"):
        for one in made.of(kind):
            assert one.inputs["ownUrn"] == one.urn


def test_tokens_and_names_of_hooks_are_pinned() -> None:
    assert {(one.type, one.name) for one in ZOOKEEPER.registrations if "dynamic" in one.type} == {
        ("pulumi-python:dynamic/kafka:Identity", "streams/kafka-identity"),
        ("pulumi-python:dynamic/kafka:Ensemble", "streams/kafka-zookeepers"),
        ("pulumi-python:dynamic/kafka:Brokers", "streams/kafka"),
        *(("pulumi-python:dynamic/kafka:Guard", f"streams/kafka-{zone}") for zone in "abc"),
        *(("pulumi-python:dynamic/kafka:Guard", f"streams/kafka-zookeeper-{zone}") for zone in "abc"),
    }


def test_the_namespace_is_restricted_and_outlives_the_stack() -> None:
    (namespace,) = ZOOKEEPER.of(":Namespace")
    assert namespace.retain_on_delete
    assert namespace.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_another_kubeconfig_never_replaces_a_resource() -> None:
    (provider,) = [one for one in ZOOKEEPER.registrations if one.type == "pulumi:providers:kubernetes"]
    assert provider.inputs["clusterIdentifier"] == "kafka-platform/test"
    assert provider.inputs["context"] == "test"


def test_everything_in_kubernetes_goes_through_the_stacks_own_provider() -> None:
    (provider,) = [one for one in ZOOKEEPER.registrations if one.type == "pulumi:providers:kubernetes"]
    objects = [one for one in ZOOKEEPER.registrations if one.type.startswith("kubernetes:")]
    assert objects and all(one.provider.startswith(f"{provider.urn}::") for one in objects)


def test_nothing_is_registered_when_the_live_cluster_forbids_it() -> None:
    def forbid(spec: object, at: object) -> None:
        raise Refusal("moved")

    registered: list[Recording] = []

    def program() -> None:
        with pytest.raises(Refusal):
            deploy(parse_settings(zookeeper_config()), forbid)

    registered.append(record(program))
    assert registered[0].registrations == ()


def test_outputs_say_where_to_connect() -> None:
    found: dict[str, Any] = {}
    settings: Settings = parse_settings(zookeeper_config())
    record(lambda: found.update(deploy(settings, seen)))
    assert found["racks"][1] == {"name": "b", "rack": "b", "zone": "zone-b", "brokerIds": [1000]}
    assert found["namespace"] == "streams" and found["version"] == "3.9.2"
    assert {"bootstrap", "externalBootstrap", "clusterId", "replicationFactor", "minInsyncReplicas"} <= set(found)

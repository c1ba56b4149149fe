"""Bad input gets one error each, which says the four things, before anything exists; good input becomes Settings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.args import cluster_args
from components.spec.parsing import parse_cluster
from components.spec.problems import Problem, SpecError
from stacks.settings import KubernetesSettings, parse_settings
from tests.spec.clusters import changed, kraft_config, zookeeper_config

ZOOKEEPER = zookeeper_config()
KRAFT = kraft_config()


def problems(config: dict[str, Any]) -> tuple[Problem, ...]:
    """Return what is wrong with a configuration, which must be something."""
    with pytest.raises(SpecError) as caught:
        parse_settings(config)
    return caught.value.problems


# Each line: the base, the change, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, object, str, str]] = [
    # Quorums.
    (ZOOKEEPER, "zookeeper/racks/0/servers", 2, "zookeeper.racks", "an odd number"),
    (KRAFT, "controllers/racks/0/controllers", 2, "controllers.racks", "an odd number"),
    (ZOOKEEPER, "zookeeper/racks", [], "zookeeper.racks", "never elects a leader"),
    (ZOOKEEPER, "zookeeper", None, "zookeeper", "without a quorum"),
    (KRAFT, "controllers", None, "controllers", "without a quorum"),
    (KRAFT, "zookeeper", ZOOKEEPER["zookeeper"], "zookeeper", "set kafka.mode to zookeeper"),
    (ZOOKEEPER, "controllers", KRAFT["controllers"], "controllers", "set kafka.mode to kraft"),
    # Replication.
    (ZOOKEEPER, "kafka/replicationFactor", 4, "kafka.replicationFactor", "there are 3 brokers"),
    (ZOOKEEPER, "kafka/racks/2/brokers", 0, "kafka.replicationFactor", "there are 2 brokers"),
    (ZOOKEEPER, "kafka/minInsyncReplicas", 4, "kafka.minInsyncReplicas", "replicationFactor is 3"),
    (ZOOKEEPER, "kafka/replicationFactor", 0, "kafka.replicationFactor", "1 to 1000"),
    # Racks.
    (ZOOKEEPER, "kafka/racks/1/name", "a", "kafka.racks[1].name", "kafka.racks[0].name is the same"),
    (ZOOKEEPER, "kafka/racks/1/zone", "zone-a", "kafka.racks[1].zone", "kafka.racks[0].zone is the same"),
    (ZOOKEEPER, "zookeeper/racks/2/zone", "zone-a", "zookeeper.racks[2].zone", "merge the two racks"),
    (ZOOKEEPER, "kafka/racks", [], "kafka.racks", "at least one broker"),
    # Ids.
    (ZOOKEEPER, "kafka/racks/1/firstBrokerId", 0, "kafka.racks[1].firstBrokerId", "the id 0 already"),
    (ZOOKEEPER, "kafka/racks/0/brokers", 1001, "kafka.racks[0].brokers", "0 to 1000"),
    (KRAFT, "controllers/racks/0/firstControllerId", 1000, "kafka.racks[1].firstBrokerId", "the id 1000 already"),
    (ZOOKEEPER, "zookeeper/racks/0/firstServerId", 0, "zookeeper.racks[0].firstServerId", "1 to 254"),
    (ZOOKEEPER, "zookeeper/racks/0/firstServerId", 255, "zookeeper.racks[0].firstServerId", "1 to 254"),
    (ZOOKEEPER, "zookeeper/racks/1/firstServerId", 1, "zookeeper.racks[1].firstServerId", "the id 1 already"),
    (ZOOKEEPER, "kafka/racks/0/firstBrokerId", -1, "kafka.racks[0].firstBrokerId", "0 to"),
    # Memory.
    (ZOOKEEPER, "kafka/resources/heap", "900Mi", "kafka.resources.heap", "at most 768Mi"),
    (ZOOKEEPER, "kafka/resources/heap", "100Mi", "kafka.resources.heap", "at least 128Mi"),
    (ZOOKEEPER, "kafka/resources/heap", "255Mi", "kafka.resources.heap", "at least 256Mi"),
    (ZOOKEEPER, "kafka/resources/heap", "much", "kafka.resources.heap", "not a size"),
    (ZOOKEEPER, "kafka/resources/memory", "300Mi", "kafka.resources.memory", "at least 384Mi"),
    (ZOOKEEPER, "kafka/resources/memory", "1GB", "kafka.resources.memory", "such as 700Mi"),
    (ZOOKEEPER, "zookeeper/resources/memory", "200Mi", "zookeeper.resources.memory", "at least 256Mi"),
    (ZOOKEEPER, "kafka/resources/cpu", "two", "kafka.resources.cpu", "500m or 2"),
    (ZOOKEEPER, "kafka/storage/size", "10 GiB", "kafka.storage.size", "quantity of bytes"),
    (ZOOKEEPER, "kafka/storage/class", "Fast!", "kafka.storage.class", "storageclasses"),
    (ZOOKEEPER, "kafka/storage/volumes", 0, "kafka.storage.volumes", "1 to 16"),
    (ZOOKEEPER, "kafka/storage/volumes", 17, "kafka.storage.volumes", "1 to 16"),
    (ZOOKEEPER, "kafka/storage/volumes", "3", "kafka.storage.volumes", "this is a string"),
    (ZOOKEEPER, "zookeeper/storage/volumes", 2, "zookeeper.storage.volumes", "1 for a ZooKeeper server"),
    (KRAFT, "controllers/storage/volumes", 2, "controllers.storage.volumes", "needs a larger volume"),
    # Keys of ours.
    (ZOOKEEPER, "kafka/replicatonFactor", 3, "kafka.replicatonFactor", "did you mean replicationFactor"),
    (ZOOKEEPER, "kafka/racks/0/firstBroker", 0, "kafka.racks[0].firstBroker", "did you mean firstBrokerId"),
    (ZOOKEEPER, "kafka/replication_factor", 3, "kafka.replication_factor", "did you mean replicationFactor"),
    (ZOOKEEPER, "kafak", {}, "kafak", "did you mean kafka"),
    (ZOOKEEPER, "updates", {"stableWindow": 3}, "updates.stableWindow", "did you mean stableWindowSeconds"),
    (ZOOKEEPER, "kubernetes", {"kubeConfig": "x"}, "kubernetes.kubeConfig", "did you mean kubeconfig"),
    (ZOOKEEPER, "kafka/storage/colour", "red", "kafka.storage.colour", "class, size, volumes"),
    # Keys of Kafka's that are the platform's.
    (ZOOKEEPER, "kafka/config/broker.id", 1, "kafka.config.broker.id", "the pod's ordinal is the id"),
    (ZOOKEEPER, "kafka/config/min.insync.replicas", 1, "kafka.config.min.insync.replicas", "minInsyncReplicas"),
    (ZOOKEEPER, "kafka/config/listeners", "X://:1", "kafka.config.listeners", "racks[].external"),
    (ZOOKEEPER, "zookeeper/config", {"server.1": "x"}, "zookeeper.config.server.1", "racks of the quorum"),
    (KRAFT, "controllers/config", {"node.id": 1}, "controllers.config.node.id", "ordinal"),
    (ZOOKEEPER, "kafka/config/num io threads", 1, "kafka.config.num io threads", "spelling"),
    # Types.
    (ZOOKEEPER, "kafka/replicationFactor", "3", "kafka.replicationFactor", "this is a string"),
    (ZOOKEEPER, "kafka/resources/cpu", 4, "kafka.resources.cpu", 'write it in quotes: "4"'),
    (ZOOKEEPER, "kafka/version", 3.9, "kafka.version", 'write it in quotes: "3.9"'),
    (ZOOKEEPER, "kafka/racks/0/brokers", "2", "kafka.racks[0].brokers", "write it without quotes: 2"),
    (ZOOKEEPER, "kafka/racks/0/brokers", "two", "kafka.racks[0].brokers", "write a value of the allowed type"),
    (ZOOKEEPER, "kafka/replicationFactor", 2.5, "kafka.replicationFactor", "this is a number"),
    (ZOOKEEPER, "kafka/replicationFactor", True, "kafka.replicationFactor", "a whole number"),
    (ZOOKEEPER, "kafka/racks", {"a": {}}, "kafka.racks", "a list of objects"),
    (ZOOKEEPER, "kafka/racks/0", "a", "kafka.racks[0]", "an object"),
    (ZOOKEEPER, "kafka/racks", [None], "kafka.racks[0]", "an object"),
    (ZOOKEEPER, "kafka/config", ["a"], "kafka.config", "an object"),
    (ZOOKEEPER, "kafka/config/num.io.threads", [1], "kafka.config.num.io.threads", "a list"),
    (ZOOKEEPER, "kafka/config/num.io.threads", {}, "kafka.config.num.io.threads", "an object"),
    (ZOOKEEPER, "kafka/allowFewerRacks", "yes", "kafka.allowFewerRacks", "true or false"),
    (ZOOKEEPER, "deletionProtection", "no", "deletionProtection", "true or false"),
    (ZOOKEEPER, "updates", {"stableWindowSeconds": "3"}, "updates.stableWindowSeconds", "a number"),
    (ZOOKEEPER, "updates", {"stableWindowSeconds": -1}, "updates.stableWindowSeconds", "out of range"),
    (ZOOKEEPER, "updates", {"stableWindowSeconds": 600}, "updates.stableWindowSeconds", "less than ready"),
    (ZOOKEEPER, "updates", {"batch": "racks"}, "updates.batch", "did you mean rack"),
    (ZOOKEEPER, "updates", {"batch": "rack", "maxBatchShare": 0}, "updates.maxBatchShare", "out of range"),
    (ZOOKEEPER, "updates", {"batch": "rack", "maxLeaderShare": 1.1}, "updates.maxLeaderShare", "out of range"),
    (ZOOKEEPER, "updates", {"maxBatchShare": 0.5}, "updates.maxBatchShare", "only with batch: rack"),
    (ZOOKEEPER, "updates", {"singleReplica": "refuse"}, "updates.singleReplica", "allow or warn or block"),
    (ZOOKEEPER, "updates", {"noSpareReplica": 1}, "updates.noSpareReplica", "a string"),
    (ZOOKEEPER, "updates", {"underReplicated": "block"}, "updates.underReplicated", "wait or tolerate"),
    (ZOOKEEPER, "updates", {"reassignments": "waits"}, "updates.reassignments", "did you mean wait"),
    (ZOOKEEPER, "updates", {"stableSamples": 0}, "updates.stableSamples", "out of range"),
    (ZOOKEEPER, "updates", {"doubtSeconds": 0}, "updates.doubtSeconds", "out of range"),
    (ZOOKEEPER, "updates", {"brokenAfterRestarts": 1.5}, "updates.brokenAfterRestarts", "a whole number"),
    (ZOOKEEPER, "updates", {"window": "22:00-24:00"}, "updates.window", "two different times of the day"),
    (ZOOKEEPER, "updates", {"window": "5-6"}, "updates.window", "HH:MM-HH:MM"),
    (ZOOKEEPER, "updates", {"minutesBetweenBatches": 1441}, "updates.minutesBetweenBatches", "out of range"),
    (ZOOKEEPER, "updates", {"maxMinutesPerRun": -1}, "updates.maxMinutesPerRun", "out of range"),
    (ZOOKEEPER, "updates", {"maxLeaderShare": 0.5}, "updates.maxLeaderShare", "set batch to rack"),
    (ZOOKEEPER, "rebalance", {"frozenTopics": "orders"}, "rebalance.frozenTopics", "a list"),
    (ZOOKEEPER, "rebalance", {"level": True}, "rebalance.level", "an object"),
    (
        ZOOKEEPER,
        "rebalance",
        {"level": {"threshold": 20}},
        "rebalance.level.threshold",
        "did you mean thresholdPercent",
    ),
    (ZOOKEEPER, "rebalance", {"level": {"thresholdPercent": 2}}, "rebalance.level.thresholdPercent", "3 to 1000"),
    (ZOOKEEPER, "rebalance", {"internalTopics": "yes"}, "rebalance.internalTopics", "true or false"),
    (ZOOKEEPER, "rebalance", {"lostBrokers": [0, 1000, 2000]}, "rebalance.lostBrokers", "no broker would be left"),
    (ZOOKEEPER, "rebalance", {"lostBrokers": 1000}, "rebalance.lostBrokers", "a list of ids"),
    (ZOOKEEPER, "rebalance", {"lostBrokers": ["kafka-b-1000"]}, "rebalance.lostBrokers", "brokers by their ids"),
    (ZOOKEEPER, "rebalance", {"lostBrokers": [77]}, "rebalance.lostBrokers", "77 is no broker's id"),
    (ZOOKEEPER, "rebalance", {"level": {"bytesPerRun": -1}}, "rebalance.level.bytesPerRun", "out of range"),
    (ZOOKEEPER, "kafka", "kafka", "kafka", "an object"),
    (ZOOKEEPER, "kafka", None, "kafka", "required"),
    (ZOOKEEPER, "namespace", None, "namespace", "required"),
    (ZOOKEEPER, "kafka/racks/0/zone", None, "kafka.racks[0].zone", "required"),
    (ZOOKEEPER, "kafka/name", "", "kafka.name", "an empty string"),
    # Names.
    (ZOOKEEPER, "kafka/name", "Kafka", "kafka.name", "lower-case"),
    (ZOOKEEPER, "kafka/name", "9kafka", "kafka.name", "a letter first"),
    (ZOOKEEPER, "namespace", "my_space", "namespace", "lower-case"),
    (ZOOKEEPER, "kafka/racks/0/name", "a.b", "kafka.racks[0].name", "lower-case"),
    (ZOOKEEPER, "kafka/racks/0/zone", "zone a", "kafka.racks[0].zone", "kubectl get nodes"),
    (ZOOKEEPER, "kafka/racks/0/name", "a" * 50, "kafka.racks[0].name", "at most 52"),
    (ZOOKEEPER, "kafka/racks/0/name", "zookeeper-a", "kafka.racks[0].name", "StatefulSet would be kafka-zookeeper-a"),
    # Versions and distributions.
    (ZOOKEEPER, "kafka/version", "4.0.0", "kafka.version", "cannot run with ZooKeeper"),
    (KRAFT, "kafka/version", "3.8.1", "kafka.version", "KIP-853"),
    (ZOOKEEPER, "kafka/version", "3.9", "kafka.version", "three numbers"),
    (ZOOKEEPER, "kafka/mode", "zokeeper", "kafka.mode", "did you mean zookeeper"),
    (ZOOKEEPER, "kafka/distribution", "acme", "kafka.distribution", "no distribution of this name"),
    # Access from outside.
    (ZOOKEEPER, "kafka/racks/0/external/host", "a:9094", "kafka.racks[0].external.host", "without a port"),
    (ZOOKEEPER, "kafka/racks/0/external/firstNodePort", 9094, "kafka.racks[0].external.firstNodePort", "30000"),
    (ZOOKEEPER, "kafka/racks/2/external/firstNodePort", 32768, "kafka.racks[2].external.firstNodePort", "32767"),
    (ZOOKEEPER, "kafka/racks/1/external/firstNodePort", 30100, "kafka.racks[1].external.firstNodePort", "30100 is"),
    (ZOOKEEPER, "kafka/racks/0/external", {"host": "a"}, "kafka.racks[0].external.firstNodePort", "required"),
]


@pytest.mark.parametrize(("base", "change", "value", "path", "says"), BAD_INPUT)
def test_bad_input_names_the_path_and_says_what_to_do(
    base: dict[str, Any], change: str, value: object, path: str, says: str
) -> None:
    found = problems(changed(base, change, value))
    named = [problem for problem in found if problem.path == f"kafka-platform:{path}"]
    assert len(named) == 1, [str(problem) for problem in found]
    assert says in str(named[0])
    for part in (named[0].allowed, named[0].why, named[0].todo):
        assert part


@pytest.mark.parametrize(("base", "change", "value", "path", "says"), BAD_INPUT)
def test_one_mistake_is_one_error(base: dict[str, Any], change: str, value: object, path: str, says: str) -> None:
    assert len(problems(changed(base, change, value))) == 1


def test_fewer_racks_than_replicas_need_a_word() -> None:
    config = changed(changed(ZOOKEEPER, "kafka/racks/0/brokers", 2), "kafka/racks/2", None)
    (problem,) = problems(config)
    assert problem.path == "kafka-platform:kafka.racks" and "allowFewerRacks: true" in problem.todo
    assert parse_settings(changed(config, "kafka/allowFewerRacks", True)).cluster.kafka.allow_fewer_racks


def test_a_last_server_beyond_254_is_refused() -> None:
    last = {"name": "c", "zone": "zone-c", "firstServerId": 253, "servers": 3}
    config = changed(ZOOKEEPER, "zookeeper/racks/2", last)
    (problem,) = problems(config)
    assert "254" in problem.why


@pytest.mark.parametrize(("first", "brokers", "right"), [(32766, 2, True), (32767, 2, False), (30000, 1, True)])
def test_every_broker_of_a_rack_needs_a_node_port(first: int, brokers: int, right: bool) -> None:
    config = changed(ZOOKEEPER, "kafka/racks/0/brokers", brokers)
    config = changed(config, "kafka/racks/0/external/firstNodePort", first)
    if right:
        parse_settings(config)
    else:
        assert [problem.path for problem in problems(config)] == [
            "kafka-platform:kafka.racks[0].external.firstNodePort"
        ]


def test_all_errors_are_reported_together() -> None:
    config = changed(ZOOKEEPER, "kafka/replicationFactor", 4)
    config = changed(config, "kafka/version", "4.0.0")
    config = changed(config, "zookeeper/racks/0/servers", 2)
    config = changed(config, "namespace", "Kafka")
    with pytest.raises(SpecError) as caught:
        parse_settings(config)
    assert len(caught.value.problems) == 4
    text = str(caught.value)
    assert text.startswith("4 problems in the configuration; nothing was touched:")
    assert all(str(problem) in text for problem in caught.value.problems)


def test_an_unknown_key_and_a_wrong_type_are_reported_together() -> None:
    config = changed(changed(ZOOKEEPER, "kafka/colour", "red"), "updates", {"pollSeconds": "often"})
    assert {problem.path for problem in problems(config)} == {
        "kafka-platform:kafka.colour",
        "kafka-platform:updates.pollSeconds",
    }


def test_kafkas_own_keys_pass_as_text() -> None:
    config = changed(ZOOKEEPER, "kafka/config", {"a.b": True, "c.d": 3, "e.f": 0.5, "g.h": "text", "i.j": 4.0})
    assert parse_settings(config).cluster.kafka.config == {
        "a.b": "true",
        "c.d": "3",
        "e.f": "0.5",
        "g.h": "text",
        "i.j": "4",
    }


def test_what_is_left_out_has_its_default() -> None:
    settings = parse_settings(changed(ZOOKEEPER, "kubernetes", None))
    assert settings.kubernetes == KubernetesSettings(kubeconfig=None, context=None)
    assert settings.deletion_protection is True
    assert settings.updates.stable_window_seconds == 30
    assert (settings.cluster.kafka.replication_factor, settings.cluster.kafka.min_insync_replicas) == (3, 2)


def test_an_empty_section_is_the_same_as_none() -> None:
    assert parse_settings(changed(KRAFT, "zookeeper", {})) == parse_settings(KRAFT)


def test_numbers_that_travelled_as_floats_are_taken() -> None:
    assert parse_settings(changed(ZOOKEEPER, "kafka/racks/0/brokers", 2.0)).cluster.kafka.racks[0].brokers == 2


@pytest.mark.parametrize("config", [ZOOKEEPER, KRAFT])
def test_a_component_reads_the_same_cluster_out_of_its_arguments(config: dict[str, Any]) -> None:
    spec = parse_settings(config).cluster
    assert parse_cluster(cluster_args(spec)) == spec


def test_a_component_names_its_arguments_as_python_spells_them() -> None:
    args: Any = cluster_args(parse_settings(ZOOKEEPER).cluster)
    args["kafka"]["racks"][0]["first_broker_id"] = "zero"
    with pytest.raises(SpecError, match=r"kafka\.racks\[0\]\.first_broker_id: given 'zero'"):
        parse_cluster(args)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON, path=st.sampled_from(sorted({change for _, change, _, _, _ in BAD_INPUT})))
def test_no_input_ends_in_anything_but_settings_or_an_explanation(value: object, path: str) -> None:
    for base in (ZOOKEEPER, KRAFT):
        try:
            config = changed(base, path, value)
        except KeyError:
            continue
        try:
            parse_settings(config)
        except SpecError as error:
            explained = error.problems
            assert explained

"""Which stage of ZooKeeper's TLS a live ensemble may go to, from each, with brokers that have moved or have not."""

import pytest

from contract import ZOOKEEPER_TLS, Component, ZooKeeperTls
from hooks.planner.snapshot import NodeId, ObservedPod, Revision
from hooks.planner.zookeeper_tls import stage_problems

PLAIN, SECURE = "", "preferred"


def pod(node_id: int, stage: str, component: Component = "zookeeper") -> ObservedPod:
    return ObservedPod(
        name=f"pod-{node_id}",
        uid=str(node_id),
        node_id=NodeId(node_id),
        component=component,
        workload="pod",
        revision=Revision(digest="r", causes={}),
        ready=True,
        zookeeper_tls="" if stage == "disabled" else stage,
    )


def asked(stages: tuple[str, ...], brokers: tuple[str, ...], wanted: ZooKeeperTls) -> str:
    servers = [pod(10 * index + 1, stage) for index, stage in enumerate(stages)]
    found = stage_problems(servers, [pod(index, one, "broker") for index, one in enumerate(brokers)], wanted)
    return "\n".join(found)


@pytest.mark.parametrize("wanted", ZOOKEEPER_TLS)
def test_a_cluster_that_is_not_there_begins_at_any_stage(wanted: ZooKeeperTls) -> None:
    assert asked((), (), wanted) == ""


@pytest.mark.parametrize("wanted", ZOOKEEPER_TLS)
@pytest.mark.parametrize("live", ZOOKEEPER_TLS)
def test_servers_go_one_stage_at_a_time_and_both_ways(live: ZooKeeperTls, wanted: ZooKeeperTls) -> None:
    distance = abs(ZOOKEEPER_TLS.index(live) - ZOOKEEPER_TLS.index(wanted))
    assert bool(asked((live,) * 3, (), wanted)) == (distance > 1)


@pytest.mark.parametrize(
    ("live", "wanted", "following"),
    [
        ("disabled", "required", "allowed"),
        ("disabled", "preferred", "allowed"),
        ("allowed", "required", "preferred"),
        ("required", "disabled", "preferred"),
        ("preferred", "disabled", "allowed"),
    ],
)
def test_a_refusal_names_servers_and_the_stage_to_go_to(live: str, wanted: ZooKeeperTls, following: str) -> None:
    said = asked((live,) * 3, (), wanted)
    assert f"ZooKeeper server 1, 11, 21: it runs at stage {live}" in said
    assert f"Set zookeeper.tls: {following}" in said


def test_a_roll_that_was_broken_off_counts_for_the_servers_that_it_did_not_reach() -> None:
    mixed = ("allowed", "allowed", "disabled")
    assert "ZooKeeper server 21: it runs at stage disabled" in asked(mixed, (), "preferred")
    assert asked(mixed, (), "allowed") == ""
    assert asked(mixed, (), "disabled") == ""


@pytest.mark.parametrize(
    ("brokers", "wanted", "cut"),
    [
        ((PLAIN, PLAIN), "preferred", None),
        ((PLAIN, SECURE), "preferred", None),
        ((PLAIN, SECURE), "required", "broker 0: it still speaks plain text"),
        ((SECURE, SECURE), "required", None),
    ],
)
def test_the_plain_door_closes_behind_the_last_broker(
    brokers: tuple[str, ...], wanted: ZooKeeperTls, cut: str | None
) -> None:
    said = asked(("preferred",) * 3, brokers, wanted)
    assert said == "" if cut is None else cut in said and "Set zookeeper.tls: preferred" in said


@pytest.mark.parametrize(
    ("brokers", "wanted", "cut"),
    [
        ((SECURE, SECURE), "allowed", None),
        ((PLAIN, SECURE), "allowed", None),
        ((PLAIN, SECURE), "disabled", "broker 1: it still speaks TLS"),
        ((PLAIN, PLAIN), "disabled", None),
    ],
)
def test_the_door_with_tls_closes_behind_the_last_broker(
    brokers: tuple[str, ...], wanted: ZooKeeperTls, cut: str | None
) -> None:
    said = asked(("allowed",) * 3, brokers, wanted)
    assert said == "" if cut is None else cut in said and "Set zookeeper.tls: allowed" in said

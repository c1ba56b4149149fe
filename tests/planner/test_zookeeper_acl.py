"""Which stage of the access to ZooKeeper a live cluster may go to, from each, with brokers at one stage or two."""

import pytest

from contract import ZOOKEEPER_ACL, ZooKeeperAcl
from hooks.planner.snapshot import NodeId, ObservedPod, Revision
from hooks.planner.zookeeper_acl import access_problems

STAGES = pytest.mark.parametrize("wanted", ZOOKEEPER_ACL)


def broker(node_id: int, stage: str, *, ready: bool = True) -> ObservedPod:
    return ObservedPod(
        name=f"pod-{node_id}",
        uid=str(node_id),
        node_id=NodeId(node_id),
        component="broker",
        workload="pod",
        revision=Revision(digest="r", causes={}),
        ready=ready,
        zookeeper_acl=stage if stage in {"login", "enabled"} else "",
    )


def asked(stages: tuple[str, ...], wanted: ZooKeeperAcl) -> str:
    return "\n".join(access_problems([broker(index, stage) for index, stage in enumerate(stages)], wanted))


@STAGES
def test_a_cluster_that_is_not_there_begins_at_any_stage(wanted: ZooKeeperAcl) -> None:
    assert asked((), wanted) == ""


@STAGES
@pytest.mark.parametrize("live", ZOOKEEPER_ACL)
def test_brokers_are_never_cut_off_from_what_they_must_write(live: str, wanted: ZooKeeperAcl) -> None:
    """Servers restart before brokers, so servers may learn the password in the very run in which brokers use it."""
    refused = {
        ("disabled", "enabled"),
        ("allowed", "enabled"),
        ("enabled", "allowed"),
        ("enabled", "disabled"),
        ("login", "disabled"),
    }
    assert bool(asked((live,) * 3, wanted)) == ((live, wanted) in refused)


@pytest.mark.parametrize(
    ("stages", "wanted", "said", "before"),
    [
        (("login", "disabled", "login"), "enabled", "broker 1: it does not log in to ZooKeeper yet", "login"),
        (("login", "enabled", "enabled"), "allowed", "broker 1, 2: it still makes nodes", "login"),
        (("login", "enabled", "login"), "disabled", "broker 1: it still makes nodes", "login"),
        (("disabled", "login", "disabled"), "disabled", "broker 1: it still logs in", "allowed"),
    ],
)
def test_a_roll_that_was_broken_off_counts_for_the_brokers_that_it_did_not_reach(
    stages: tuple[str, ...], wanted: ZooKeeperAcl, said: str, before: str
) -> None:
    found = asked(stages, wanted)
    assert said in found and f"Set zookeeper.acl: {before}" in found


def test_a_broker_that_has_not_started_yet_has_not_opened_the_nodes() -> None:
    (said,) = access_problems([broker(0, "login"), broker(1, "login", ready=False)], "allowed")
    assert "broker 1: it is not ready" in said
    assert access_problems([broker(0, "login"), broker(1, "login", ready=False)], "enabled") == ()

"""The one decision of a roll, situation by situation."""

from dataclasses import replace

import pytest

from hooks.planner.restarts import cause, in_order
from hooks.planner.snapshot import Revision
from hooks.planner.step import Broken, Done, Restart, next_heal, next_roll
from hooks.planner.verdict import Stop, Wait
from tests.planner.situations import (
    NEW,
    OLD,
    desired,
    kafka,
    partition,
    pod,
    seeing,
    servers,
    situation,
    workloads,
)

HEALTHY = kafka(partition(), controller=0)


@pytest.mark.parametrize(
    ("old", "said"),
    [
        (OLD, "config changed"),
        (Revision(digest="x", causes={"config": "1", "image": "2"}), "config and image changed"),
        (Revision(digest="x", causes={"config": "1", "image": "2", "jvm": "1"}), "config, image and jvm changed"),
        (Revision(digest="x", causes={}), "revision changed"),
        (Revision(digest="x", causes=NEW.causes), "revision changed"),
        (Revision(digest="", causes={}), "made without a revision, now new"),
    ],
)
def test_a_restart_names_the_causes_that_differ(old, said):
    assert cause(old, "new", NEW.causes) == said


def test_the_order_is_not_ready_first_then_by_id_and_the_leader_last():
    found = situation(pod(0), pod(1000), pod(2000, ready=False), state=HEALTHY)
    assert [found.node_id for found in in_order(found)] == [2000, 1000, 0]


def test_a_leader_that_is_not_ready_waits_for_nobody():
    found = situation(pod(0, ready=False), pod(1000), pod(2000), state=HEALTHY)
    assert [found.node_id for found in in_order(found)] == [0, 1000, 2000]


def test_a_healthy_cluster_restarts_its_first_stale_pod():
    step = next_roll(situation(state=HEALTHY))
    assert isinstance(step, Restart)
    assert (step.pod.node_id, step.reason, step.heals) == (1000, "config changed", False)


def test_everybody_at_the_revision_and_serving_is_the_end():
    assert next_roll(situation(*_current(0, 1000, 2000), state=HEALTHY)) == Done()


def test_replicas_out_of_sync_do_not_keep_a_run_with_nothing_to_prove():
    late = kafka(partition(isr=(0, 1000)))
    assert next_roll(situation(*_current(0, 1000, 2000), state=late)) == Done()
    proving = replace(situation(*_current(0, 1000, 2000), state=late), proving=frozenset({2000}))
    assert isinstance(next_roll(proving), Wait)


def test_a_restarted_broker_is_awaited_until_every_partition_that_it_holds_is_in_full_isr():
    """Scenario 4."""
    found = situation(pod(0, NEW), pod(1000), pod(2000), state=kafka(partition(isr=(1000, 2000))))
    assert next_roll(found) == Wait(
        ("t-0: broker 0 is not in its ISR yet (ISR 1000, 2000)",), "waiting for the ISR of 1 partition"
    )


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"ready": False}, id="not ready"),
        pytest.param({"ready": False, "problem": "CrashLoopBackOff"}, id="in doubt"),
        pytest.param({"ready": False, "terminating": True}, id="terminating"),
        pytest.param({"ready": False, "node_lost": True}, id="node lost"),
    ],
)
@pytest.mark.parametrize("patient", [True, False])
def test_a_node_in_doubt_at_the_desired_revision_keeps_every_healthy_one_untouched(state, patient):
    found = situation(pod(0, NEW, **state), pod(1000), pod(2000), state=HEALTHY)
    assert isinstance(next_roll(found, patient=patient), Wait)


@pytest.mark.parametrize(
    ("pods", "state", "said"),
    [
        ((pod(0, NEW), pod(1000, NEW)), HEALTHY, "kafka-c-2000 has no pod yet"),
        ((pod(0, NEW), pod(1000, NEW), pod(2000, NEW, terminating=True)), HEALTHY, "kafka-c-2000 is terminating"),
        ((pod(0, NEW), pod(1000, NEW), pod(2000, NEW, ready=False)), HEALTHY, "kafka-c-2000 is not ready"),
        (
            (pod(0, NEW), pod(1000, NEW), pod(2000, NEW, ready=False, problem="x: y")),
            HEALTHY,
            "kafka-c-2000 is not ready: x: y",
        ),
        (
            (pod(0, NEW), pod(1000, NEW), pod(2000, NEW)),
            kafka(brokers=(0, 1000)),
            "kafka-c-2000 is ready but not registered",
        ),
        ((pod(0, NEW), pod(1000, NEW), pod(2000, NEW)), kafka(fenced=(2000,)), "kafka-c-2000 is fenced"),
    ],
)
def test_what_is_waited_for_is_said_in_words(pods, state, said):
    assert next_roll(situation(*pods, state=state)) == Wait((said,))


def test_a_broken_pod_at_the_desired_revision_stops_everything_even_a_heal():
    broken = pod(0, NEW, ready=False)
    dead = pod(1000, ready=False, problem="CrashLoopBackOff: x")
    found = situation(broken, dead, pod(2000), state=HEALTHY, broken=[broken.uid])
    assert next_roll(found) == Broken((broken,))


def test_a_stale_pod_that_does_not_start_is_restarted_without_the_gates():
    """Scenarios 7, 10 and 15."""
    found = situation(
        pod(0), pod(1000), pod(2000, ready=False, problem="CrashLoopBackOff: x"), state=kafka(partition(isr=(2000,)))
    )
    step = next_roll(found)
    assert isinstance(step, Restart)
    assert (step.pod.node_id, step.heals) == (2000, True)
    assert step.reason == "config changed; it is not ready now: CrashLoopBackOff: x"


def test_a_stale_pod_that_only_starts_is_given_its_time_first():
    """A container that restarts in mid-roll comes back on its own configuration."""
    found = situation(pod(0), pod(1000), pod(2000, ready=False), state=HEALTHY)
    assert next_roll(found) == Wait(("kafka-c-2000 is not ready",))
    late = next_roll(found, patient=False)
    assert isinstance(late, Restart)
    assert (late.pod.node_id, late.heals) == (2000, True)


@pytest.mark.parametrize("patient", [True, False])
def test_a_pod_on_a_lost_node_is_never_deleted(patient):
    """Scenario 67."""
    found = situation(
        pod(0), pod(1000), pod(2000, ready=False, node_lost=True, problem="x"), state=HEALTHY, broken=["uid-2000"]
    )
    assert next_roll(found, patient=patient) == Wait(("kafka-c-2000 is on a node that does not answer",))


AILING = pod(2000, ready=False, ailing_beside="proxy: CrashLoopBackOff")


def test_a_crashing_sidecar_is_no_reason_to_restart_a_broker_without_the_gates():
    """Its Kafka is ready and may be the last one in sync."""
    last = kafka(partition(isr=(1000, 2000)))
    for state, broken in ((HEALTHY, ()), (HEALTHY, ["uid-2000"]), (last, ["uid-2000"])):
        found = situation(pod(0), pod(1000), AILING, state=state, broken=broken)
        said = "kafka-c-2000 is not ready, though its Kafka is: container proxy: CrashLoopBackOff"
        assert next_roll(found) == Wait((said,))


@pytest.mark.parametrize(
    ("state", "restarts"),
    [
        pytest.param(HEALTHY, True, id="all gates are open"),
        pytest.param(kafka(partition(isr=(1000, 2000))), False, id="a partition would fall under min ISR"),
        pytest.param(kafka(partition(), brokers=(0, 1000)), False, id="the others do not know it"),
        pytest.param(kafka(partition(), fenced=(2000,)), False, id="it is fenced"),
        pytest.param(None, False, id="nobody can be asked"),
    ],
)
def test_when_waiting_does_not_help_the_gates_decide_on_a_broker_with_a_crashing_sidecar(state, restarts):
    step = next_roll(situation(pod(0), pod(1000), AILING, state=state), patient=False)
    assert isinstance(step, Restart if restarts else Wait)
    assert not (isinstance(step, Restart) and (step.heals or step.pod != AILING))


def test_a_quorum_member_with_a_crashing_sidecar_restarts_only_where_the_others_make_a_majority():
    ailing = pod(21, OLD, "zookeeper", ready=False, ailing_beside="proxy")
    members = (pod(1, OLD, "zookeeper"), pod(11, OLD, "zookeeper"), ailing)
    serve = servers(_1="leader", _11="follower", _21="follower")
    alone = servers(_1="leader", _11=None, _21="follower")
    wanted = desired("zookeeper")
    assert isinstance(next_heal(situation(*members, wanted=wanted, ensemble=serve), patient=False), Restart)
    assert isinstance(next_heal(situation(*members, wanted=wanted, ensemble=alone), patient=False), Wait)


def test_a_crashing_sidecar_at_the_desired_revision_keeps_every_healthy_one_untouched():
    found = situation(pod(0), pod(1000), pod(2000, NEW, ready=False, ailing_beside="proxy"), state=HEALTHY)
    for patient in (True, False):
        assert isinstance(next_roll(found, patient=patient), Wait)


@pytest.mark.parametrize("patient", [True, False])
def test_ready_pods_of_which_nobody_knows_anything_are_never_deleted(patient):
    """Scenario 46."""
    assert isinstance(next_roll(situation(state=None), patient=patient), Wait)


def test_a_broker_that_the_others_do_not_know_is_restarted_when_waiting_does_not_help():
    found = situation(state=kafka(partition((0, 1000)), brokers=(0, 1000)))
    assert next_roll(found) == Wait(("kafka-c-2000 is ready but not registered",))
    late = next_roll(found, patient=False)
    assert isinstance(late, Restart)
    assert late.pod.node_id == 2000


def test_a_template_that_is_not_applied_is_a_landmine():
    found = seeing(situation(state=HEALTHY), workloads=workloads(revision=OLD))
    step = next_heal(found)
    assert isinstance(step, Stop)
    assert step.reasons[0] == (
        "the template of StatefulSet kafka-a is at revision old, the spec wants new; "
        "apply the spec with `pulumi up` first"
    )


def test_a_template_that_kubernetes_has_not_seen_yet_is_waited_for():
    live = tuple(replace(found, template_seen=False) for found in workloads())
    assert isinstance(next_roll(seeing(situation(state=HEALTHY), workloads=live)), Wait)


def test_pods_of_other_pools_are_none_of_our_business():
    wanted = desired()
    found = situation(state=HEALTHY, wanted=replace(wanted, pools=wanted.pools[:2]))
    assert {found.node_id for found in in_order(found)} == {0, 1000}


def test_members_of_a_lost_quorum_are_healed_without_waiting_for_each_other():
    """Scenario 77's kind."""
    pods = (
        pod(1, NEW, "zookeeper", ready=False),
        pod(11, OLD, "zookeeper", ready=False, problem="CrashLoopBackOff: x"),
        pod(21, OLD, "zookeeper", ready=False, problem="CrashLoopBackOff: x"),
    )
    lost = situation(*pods, wanted=desired("zookeeper"), ensemble=servers(_1=None, _11=None, _21=None))
    step = next_heal(lost)
    assert isinstance(step, Restart)
    assert step.pod.node_id == 11
    brokers = situation(
        pod(0, NEW, ready=False), pod(1000, ready=False, problem="x"), pod(2000), state=kafka(partition())
    )
    assert isinstance(next_heal(brokers), Wait)


def _current(*nodes: int):
    return tuple(pod(node, NEW) for node in nodes)

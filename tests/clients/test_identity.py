"""Claims about the identity object, the one thing that survives a destroy."""

from dataclasses import replace

import pytest

from hooks.clients.identity import KubernetesIdentity
from hooks.clients.rest import ApiServer
from hooks.interfaces import IdentityRecord, NotYet, Refused
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import CORE

PATH = f"{CORE}/configmaps/kafka-identity"
FIRST = IdentityRecord(cluster_id="id-1", initial_controllers="9000@host:9093:dir")


@pytest.fixture
def identity(api: ApiServer) -> KubernetesIdentity:
    return KubernetesIdentity(api)


def test_without_an_object_there_is_no_record(identity: KubernetesIdentity) -> None:
    assert identity.read() is None


def test_what_was_created_is_read(identity: KubernetesIdentity) -> None:
    assert identity.create(FIRST) == FIRST
    assert identity.read() == FIRST


def test_creating_a_second_time_returns_the_first_record(identity: KubernetesIdentity) -> None:
    identity.create(FIRST)
    assert identity.create(IdentityRecord(cluster_id="id-2")) == FIRST


def test_the_bootstrapped_mark_stays(identity: KubernetesIdentity) -> None:
    identity.create(FIRST)
    identity.mark_bootstrapped()
    identity.mark_bootstrapped()
    record = identity.read()
    assert record is not None
    assert record.bootstrapped
    assert record.initial_controllers == FIRST.initial_controllers


def test_the_mark_of_a_destroy_is_set_and_cleared(identity: KubernetesIdentity) -> None:
    identity.create(FIRST)
    for going in (True, True, False, False):
        identity.mark_going(going)
        record = identity.read()
        assert record is not None
        assert record.going is going


def test_the_word_on_the_object_is_read(identity: KubernetesIdentity, api: ApiServer) -> None:
    identity.create(FIRST)
    assert identity.read() == FIRST
    api.merge(PATH, {"metadata": {"annotations": {"kafka-platform/roll": "pause"}}})
    record = identity.read()
    assert record is not None
    assert record.roll == "pause"


def test_there_is_nothing_to_clear_without_an_object(identity: KubernetesIdentity) -> None:
    identity.mark_going(False)


def test_a_destroy_cannot_be_marked_without_an_object(identity: KubernetesIdentity) -> None:
    with pytest.raises(Refused, match="kafka-identity"):
        identity.mark_going(True)


def test_live_keys_are_recorded_beside_the_rest_and_given_up(identity: KubernetesIdentity) -> None:
    identity.create(FIRST)
    for keys in (("message.max.bytes", "num.io.threads"), ("message.max.bytes",), (), ()):
        identity.record_live_keys(keys)
        assert identity.read() == replace(FIRST, live_keys=keys)


def test_the_ensembles_cluster_id_is_recorded_once(identity: KubernetesIdentity) -> None:
    identity.create(IdentityRecord(cluster_id=None))
    identity.record_cluster_id("given")
    identity.record_cluster_id("given")
    record = identity.read()
    assert record is not None
    assert record.cluster_id == "given"


def test_another_cluster_id_than_the_recorded_one_is_refused(identity: KubernetesIdentity) -> None:
    identity.create(FIRST)
    with pytest.raises(Refused, match="id-1"):
        identity.record_cluster_id("id-2")
    assert identity.read() == FIRST


def test_two_recorders_at_once_do_not_overwrite_each_other(identity: KubernetesIdentity, server: FakeApiServer) -> None:
    identity.create(IdentityRecord(cluster_id=None))

    def other_run_records() -> None:
        server.objects[PATH]["data"]["clusterId"] = "theirs"
        server.objects[PATH]["metadata"]["resourceVersion"] = "later"

    server.before_write = other_run_records
    with pytest.raises(NotYet):
        identity.record_cluster_id("ours")
    record = identity.read()
    assert record is not None
    assert record.cluster_id == "theirs"

"""Claims about the cluster's lock, on an API server whose clock the tests move."""

import threading

import pytest

from hooks.clients.lease import KubernetesLease
from hooks.clients.rest import ApiServer, Json
from hooks.interfaces import LeaseLost
from tests.clients.fake_api_server import FakeApiServer

LEASES = "/apis/coordination.k8s.io/v1/namespaces/streams/leases"
PATH = f"{LEASES}/kafka-operations"
DURATION = 30


@pytest.fixture
def first(api: ApiServer) -> KubernetesLease:
    return KubernetesLease(api, DURATION)


@pytest.fixture
def second(api: ApiServer) -> KubernetesLease:
    return KubernetesLease(api, DURATION)


def test_one_run_holds_it(first: KubernetesLease) -> None:
    first.acquire()
    first.check()
    first.release()


def test_a_second_run_is_told_who_holds_it_and_for_how_long(first: KubernetesLease, second: KubernetesLease) -> None:
    first.acquire()
    with pytest.raises(LeaseLost, match=first.holder) as refused:
        second.acquire()
    assert refused.value.expires_in is not None
    assert DURATION - 2 <= refused.value.expires_in <= DURATION + 2
    first.release()


def test_it_is_free_once_given_back(first: KubernetesLease, second: KubernetesLease) -> None:
    first.acquire()
    first.release()
    second.acquire()
    second.check()
    second.release()


@pytest.mark.parametrize(("passed", "taken"), [(DURATION - 2, False), (DURATION + 3, True)])
def test_it_is_taken_over_only_after_its_holder_stopped_renewing(
    first: KubernetesLease, second: KubernetesLease, server: FakeApiServer, passed: int, taken: bool
) -> None:
    first.acquire()
    _stop_renewing(first)
    server.ahead += passed
    if taken:
        second.acquire()
        with pytest.raises(LeaseLost, match=second.holder):
            first.check()
        second.release()
    else:
        with pytest.raises(LeaseLost):
            second.acquire()


def test_a_run_that_lost_it_neither_frees_nor_keeps_it(
    first: KubernetesLease, second: KubernetesLease, server: FakeApiServer
) -> None:
    first.acquire()
    _stop_renewing(first)
    server.ahead += DURATION + 3
    second.acquire()
    first.release()
    second.check()
    second.release()


def test_a_hold_that_expired_while_nobody_took_it_is_taken_anew_by_the_check(
    first: KubernetesLease, second: KubernetesLease, server: FakeApiServer
) -> None:
    first.acquire()
    _stop_renewing(first)
    server.ahead += 10 * DURATION
    first.check()
    with pytest.raises(LeaseLost):
        second.acquire()


def test_of_two_takers_of_an_expired_hold_one_gets_it(
    first: KubernetesLease, second: KubernetesLease, server: FakeApiServer
) -> None:
    first.acquire()
    _stop_renewing(first)
    server.ahead += DURATION + 3
    third = KubernetesLease(second._api, DURATION)  # pyright: ignore[reportPrivateUsage]
    server.before_write = third.acquire
    with pytest.raises(LeaseLost, match=third.holder):
        second.acquire()
    third.release()


def test_two_creators_at_once_do_not_both_hold_it(
    first: KubernetesLease, second: KubernetesLease, server: FakeApiServer
) -> None:
    barrier = threading.Barrier(2)
    outcomes: list[bool] = []

    def take(lease: KubernetesLease) -> None:
        barrier.wait()
        try:
            lease.acquire()
            outcomes.append(True)
        except LeaseLost:
            outcomes.append(False)

    takers = [threading.Thread(target=take, args=(lease,)) for lease in (first, second)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(outcomes) == [False, True]
    first.release()
    second.release()


def test_a_lease_deleted_under_a_run_is_lost(first: KubernetesLease, server: FakeApiServer) -> None:
    first.acquire()
    del server.objects[PATH]
    with pytest.raises(LeaseLost, match="deleted"):
        first.check()
    first.release()


def test_giving_back_never_raises_even_when_the_api_server_is_away(
    first: KubernetesLease, server: FakeApiServer
) -> None:
    first.acquire()
    server.away = 1000
    first.release()


def test_it_is_renewed_while_it_is_held(api: ApiServer, server: FakeApiServer) -> None:
    lease = KubernetesLease(api, duration=1)
    lease.acquire()
    renewed = threading.Event()
    server.before_write = renewed.set
    assert renewed.wait(timeout=10)
    lease.release()


def test_an_answer_that_cannot_be_read_does_not_end_its_renewal(
    api: ApiServer, server: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = KubernetesLease(api, duration=1)
    find, unread = lease._prompt.find, [ValueError("<html>"), TypeError("no date")]  # pyright: ignore[reportPrivateUsage]

    def garbled(path: str) -> Json | None:
        if unread:
            raise unread.pop()
        return find(path)

    monkeypatch.setattr(lease._prompt, "find", garbled)  # pyright: ignore[reportPrivateUsage]
    lease.acquire()
    renewed = threading.Event()
    server.before_write = renewed.set
    assert renewed.wait(timeout=10)
    assert not unread
    lease.release()


def test_a_holder_on_a_machine_whose_clock_is_wrong_is_judged_by_the_api_servers_clock(
    first: KubernetesLease, second: KubernetesLease, server: FakeApiServer
) -> None:
    server.ahead = 86400.0
    first.acquire()
    with pytest.raises(LeaseLost):
        second.acquire()
    first.release()


def test_the_object_of_a_cluster_that_is_gone_is_removed(first: KubernetesLease, server: FakeApiServer) -> None:
    first.acquire()
    first.release()
    first.remove()
    first.remove()
    assert PATH not in server.objects


def test_the_object_is_not_removed_under_another_run(
    first: KubernetesLease, second: KubernetesLease, server: FakeApiServer
) -> None:
    first.acquire()
    with pytest.raises(LeaseLost):
        second.remove()
    assert PATH in server.objects
    first.release()


def _stop_renewing(lease: KubernetesLease) -> None:
    """Let the renewing thread end as a killed process would end it, without giving the Lease back."""
    lease._stop.set()  # pyright: ignore[reportPrivateUsage]
    thread = lease._renewer  # pyright: ignore[reportPrivateUsage]
    assert thread is not None
    thread.join()

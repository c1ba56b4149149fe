"""Claims about the record of a movement in the cluster."""

import pytest

from hooks.clients.journal import KubernetesJournal
from hooks.clients.rest import ApiServer
from hooks.interfaces import MovementRecord, Refused
from hooks.planner.reassignment.model import PartitionMove
from hooks.planner.reassignment.throttling import FOLLOWER_RATE, MOST_MOVES, Setting
from hooks.planner.snapshot import NodeId
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import CORE

PATH = f"{CORE}/configmaps/kafka-movement"


def moves(number: int) -> tuple[PartitionMove, ...]:
    current, target = (NodeId(0), NodeId(1000), NodeId(2000)), (NodeId(1), NodeId(1000), NodeId(2000))
    return tuple(
        PartitionMove(topic=f"orders.{n // 60}", index=n % 60, current=current, target=target, size_bytes=n * 7919)
        for n in range(number)
    )


RECORD = MovementRecord(
    purpose="draining broker 2001",
    moves=moves(2),
    prior={Setting("broker", "0", FOLLOWER_RATE): "5", Setting("broker", "1", FOLLOWER_RATE): None},
)


@pytest.fixture
def journal(api: ApiServer) -> KubernetesJournal:
    return KubernetesJournal(api)


def test_what_was_written_is_read_and_what_was_cleared_is_gone(journal: KubernetesJournal) -> None:
    assert journal.read() is None
    journal.write(RECORD)
    assert journal.read() == RECORD
    later = MovementRecord(purpose="draining broker 2001", moves=(), prior={})
    journal.write(later)
    assert journal.read() == later
    journal.clear()
    journal.clear()
    assert journal.read() is None


def test_the_record_of_a_whole_round_fits_one_object(journal: KubernetesJournal, server: FakeApiServer) -> None:
    """A ConfigMap takes a mebibyte."""
    journal.write(MovementRecord(purpose="draining", moves=moves(MOST_MOVES), prior={}))
    assert len(str(server.objects[PATH])) < (1 << 20) // 2


def test_the_record_of_an_unknown_version_is_refused(journal: KubernetesJournal, server: FakeApiServer) -> None:
    journal.write(RECORD)
    server.objects[PATH]["data"]["version"] = "9"
    with pytest.raises(Refused, match="records a movement in version 9, this program knows 1"):
        journal.read()

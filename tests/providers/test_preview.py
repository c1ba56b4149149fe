"""Claims about previews: one look at each component, and never a failure for want of a cluster."""

import threading
from dataclasses import replace

import pytest

from hooks.clients.connection import Connection
from hooks.planner.snapshot import Snapshot
from hooks.providers import preview
from hooks.providers.preview import Sight, Sights

HERE = Connection(namespace="streams", cluster="kafka")
BROKERS = {"component": "broker"}
CONTROLLERS = {"component": "controller"}


class Looks:
    """Counts the looks and decides what they see."""

    def __init__(self, unseen: str | None = None) -> None:
        """See an empty cluster, or nothing for this reason."""
        self.count = 0
        self.unseen = unseen
        self.hang = threading.Event()
        self.hang.set()

    def look(self, at: Connection, what: object) -> Sight:
        """Look once."""
        self.count += 1
        self.hang.wait()
        return Sight(snapshot=Snapshot(workloads=(), pods=(), kafka=None, unseen=self.unseen))


def test_each_component_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks()
    monkeypatch.setattr(preview, "_look", looks.look)
    sights = Sights()
    for what in (BROKERS, CONTROLLERS, BROKERS, CONTROLLERS):
        assert sights.of(HERE, what).snapshot.unseen is None
    assert looks.count == 2


def test_a_connection_that_did_not_answer_is_not_asked_for_the_next_component(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks(unseen="connection refused")
    monkeypatch.setattr(preview, "_look", looks.look)
    sights = Sights()
    assert sights.of(HERE, BROKERS).snapshot.unseen == "connection refused"
    assert sights.of(HERE, CONTROLLERS).snapshot.unseen == "connection refused"
    assert looks.count == 1


def test_another_connection_is_asked_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks(unseen="connection refused")
    monkeypatch.setattr(preview, "_look", looks.look)
    sights = Sights()
    sights.of(HERE, BROKERS)
    sights.of(replace(HERE, namespace="elsewhere"), BROKERS)
    assert looks.count == 2


def test_a_look_that_takes_too_long_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks()
    looks.hang.clear()
    monkeypatch.setattr(preview, "_look", looks.look)
    monkeypatch.setattr(preview, "SECONDS", 0.01)
    assert Sights().of(HERE, BROKERS).snapshot.unseen == "no answer within 0.01 s"
    looks.hang.set()

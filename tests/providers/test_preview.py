"""Claims about previews: one look at each component, and never a failure for want of a cluster."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hooks.clients.connection import Connection
from hooks.planner.live_keys import KeyChange, KeyPlan
from hooks.planner.promise import digest
from hooks.planner.snapshot import NodeId, Snapshot
from hooks.providers import preview
from hooks.providers.preview import Sight, Sights
from hooks.providers.promise import INSIST, SAVE, insisted_on

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


class Row:
    """The resource's row: what was shown on it."""

    def __init__(self) -> None:
        """Begin empty."""
        self.lines: tuple[str, ...] = ()

    def show(self, _news: object, said: tuple[str, ...]) -> None:
        """Keep what is shown."""
        self.lines = said


INPUTS: dict[str, Any] = {
    "connection": {"kubeconfig": "", "context": "", "namespace": "streams", "cluster": "kafka"},
    "mode": "kraft",
    "pools": [],
}


def shown(monkeypatch: pytest.MonkeyPatch, sight: Sight, **keys: str) -> tuple[bool, tuple[str, ...]]:
    """Return whether a preview of these live keys finds something to do, and what it says."""
    row = Row()
    monkeypatch.setattr(preview, "show", row.show)
    monkeypatch.setattr(preview, "SIGHTS", Sights())
    monkeypatch.setattr(preview, "_look", lambda at, what: sight)
    news = INPUTS | {"keys": {"live": {name.replace("_", "."): value for name, value in keys.items()}, "file": []}}
    return preview.differs(news, news, ("keys",)), row.lines


def seeing(keys: KeyPlan | None, unseen: str | None = None) -> Sight:
    """Return the sight of a cluster where nothing else is to do."""
    return Sight(snapshot=Snapshot(workloads=(), pods=(), kafka=None, unseen=unseen), keys=keys)


def test_a_live_key_that_differs_is_shown_and_makes_an_update(monkeypatch: pytest.MonkeyPatch) -> None:
    change = KeyChange(key="num.io.threads", before=("8",), after="4", nodes=(NodeId(0), NodeId(1000)))
    due, lines = shown(monkeypatch, seeing(KeyPlan(changes=(change,))), num_io_threads="4")
    promised = digest(("num.io.threads = 4 on broker 0", "num.io.threads = 4 on broker 1000"))
    said = "num.io.threads: 8 -> 4 on broker 0, 1000, live, nothing restarts for it"
    assert due and lines == (said, f"plan {promised}")


def test_what_a_preview_shows_is_kept_for_the_update_that_insists_on_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(SAVE, str(tmp_path))
    change = KeyChange(key="num.io.threads", before=("8",), after="4", nodes=(NodeId(0),))
    shown(monkeypatch, seeing(KeyPlan(changes=(change,))), num_io_threads="4")
    monkeypatch.setenv(INSIST, str(tmp_path))
    assert insisted_on(HERE, "broker") == {"num.io.threads = 4 on broker 0"}


def test_a_cluster_that_was_not_seen_promises_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(SAVE, str(tmp_path))
    shown(monkeypatch, seeing(None, unseen="connection refused"), num_io_threads="4")
    assert list(tmp_path.iterdir()) == []


def test_live_keys_that_agree_are_not_spoken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, seeing(KeyPlan()), num_io_threads="4") == (False, ())
    assert shown(monkeypatch, seeing(None), num_io_threads="4") == (False, ())


def test_an_override_by_somebody_else_is_said_and_is_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, seeing(KeyPlan(notes=("x",)))) == (False, ("note: x",))


def test_what_the_brokers_would_refuse_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, seeing(KeyPlan(refused=("x",)))) == (True, ("refused: x",))


def test_what_was_broken_off_makes_an_update_though_nothing_else_is_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    left = replace(seeing(None), broken_off=("a destroy was broken off",))
    due, lines = shown(monkeypatch, left)
    assert due and "a destroy was broken off" in lines


def test_a_plan_of_unchanged_inputs_says_that_a_refresh_does_not_know_the_stack_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, lines = shown(monkeypatch, replace(seeing(None), broken_off=("a destroy was broken off",)))
    assert "not yet the stack file's" in lines[0]


def test_unseen_the_inputs_tell_of_live_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row()
    monkeypatch.setattr(preview, "show", row.show)
    monkeypatch.setattr(preview, "SIGHTS", Sights())
    monkeypatch.setattr(preview, "_look", lambda at, what: seeing(None, "connection refused"))
    olds, news = (INPUTS | {"keys": {"live": {"num.io.threads": value}, "file": []}} for value in ("8", "4"))
    assert preview.differs(olds, news, ("keys",))
    assert row.lines[-1] == "by the inputs alone: num.io.threads: 8 -> 4, live, nothing restarts for it"

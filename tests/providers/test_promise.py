"""Plans as files: what a preview keeps is what an update may do, and nothing else is taken for it."""

import json
from pathlib import Path

import pytest

from hooks.clients.connection import Connection
from hooks.interfaces import Refused
from hooks.providers.promise import INSIST, SAVE, insisted_on, save

HERE = Connection(namespace="streams", cluster="kafka")
PROMISED = ("restart kafka-a-0: config changed", "restart kafka-b-1000: config changed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where plans are kept, which a preview makes."""
    return tmp_path / "plans"


def kept(folder: Path) -> None:
    """Have a preview keep its plan, and insist on it from then on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(INSIST, raising=False)
        patch.setenv(SAVE, str(folder))
        save(HERE, "broker", PROMISED)


@pytest.fixture(autouse=True)
def insisting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Insist on what is in the folder."""
    monkeypatch.delenv(SAVE, raising=False)
    monkeypatch.setenv(INSIST, str(folder))


def test_what_was_kept_is_what_may_be_done(folder: Path) -> None:
    kept(folder)
    assert insisted_on(HERE, "broker") == set(PROMISED)
    assert [file.name for file in folder.iterdir()] == ["streams-kafka-broker.json"]


def test_an_update_that_insists_does_not_write_over_what_it_is_held_to(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(folder)
    monkeypatch.setenv(SAVE, str(folder))
    save(HERE, "broker", (*PROMISED, "restart kafka-c-2000: config changed"))
    assert insisted_on(HERE, "broker") == set(PROMISED)


def test_a_component_without_a_file_may_do_nothing(folder: Path) -> None:
    kept(folder)
    assert insisted_on(HERE, "controller") == frozenset()
    assert insisted_on(Connection(namespace="streams", cluster="other"), "broker") == frozenset()


def test_without_the_variables_nothing_is_kept_and_nobody_insists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SAVE, raising=False)
    monkeypatch.delenv(INSIST, raising=False)
    monkeypatch.chdir(tmp_path)
    save(HERE, "broker", PROMISED)
    assert insisted_on(HERE, "broker") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read as a plan"),
        ("[]", "cannot be read as a plan"),
        ('{"digest": "0"}', "cannot be read as a plan"),
        (json.dumps({"digest": "0", "promises": [*PROMISED, "restart kafka-c-2000: more"]}), "was changed after"),
    ],
)
def test_what_no_preview_wrote_is_refused_with_its_path(folder: Path, text: str, said: str) -> None:
    kept(folder)
    (folder / "streams-kafka-broker.json").write_text(text)
    with pytest.raises(Refused, match=said) as refused:
        insisted_on(HERE, "broker")
    assert "streams-kafka-broker.json" in str(refused.value)


def test_a_folder_that_is_not_there_is_refused_rather_than_taken_for_an_empty_plan(folder: Path) -> None:
    with pytest.raises(Refused, match="there is no such folder"):
        insisted_on(HERE, "broker")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.delenv(INSIST)
    monkeypatch.setenv(SAVE, str(tmp_path / "file"))
    with pytest.raises(Refused, match=SAVE):
        save(HERE, "broker", PROMISED)

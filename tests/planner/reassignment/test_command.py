"""`python -m hooks rebalance` on a snapshot file."""

import json
from pathlib import Path

import pytest

from hooks.__main__ import main
from hooks.planner.reassignment.snapshot_json import snapshot
from tests.planner.reassignment.clusters import grown, striped


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(snapshot(grown(striped([2, 2, 2], 60, 3), "abc"))))
    return path


def test_a_plan_is_printed(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["rebalance", "plan", "--snapshot", str(file)]) == 0
    assert capsys.readouterr().out.startswith("grow: 60 replicas of ")


def test_a_plan_is_data_and_files_for_kafkas_own_tool(file: Path, capsys: pytest.CaptureFixture[str]):
    there, back = file.parent / "there.json", file.parent / "back.json"
    words = ["plan", "--snapshot", str(file), "--json", "--reassignment-json", str(there), "--rollback-json", str(back)]
    assert main(["rebalance", *words]) == 0
    assert json.loads(capsys.readouterr().out)["reassignment"] == json.loads(there.read_text())
    assert len(json.loads(back.read_text())["partitions"]) == len(json.loads(there.read_text())["partitions"])


def test_a_drain_needs_the_ids_alone(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["rebalance", "plan", "--snapshot", str(file), "--drain", "0,100"]) == 0
    assert capsys.readouterr().out.startswith("drain: ")


def test_a_refused_plan_fails_and_writes_no_file(file: Path, capsys: pytest.CaptureFixture[str]):
    there = file.parent / "there.json"
    words = ["plan", "--snapshot", str(file), "--drain", "77", "--reassignment-json", str(there)]
    assert main(["rebalance", *words]) == 1
    assert capsys.readouterr().out.startswith("refused: to drain: 77")
    assert not there.exists()


def test_check_says_how_uneven_it_is_and_what_levelling_costs(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["rebalance", "check", "--snapshot", str(file)]) == 0
    said = capsys.readouterr().out
    assert "replicas per broker 0 to 30, leaders 0 to 10" in said
    assert "level: 60 replicas of " in said


def test_check_is_data_too(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["rebalance", "check", "--snapshot", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["replicas"] == [0, 30] and found["levelling"]["goal"] == "level"


@pytest.mark.parametrize(("content", "words"), [("{", "not JSON"), ('{"brokers": 1}', "$.brokers: expected a list")])
def test_a_file_that_cannot_be_read_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, words: str
):
    path = tmp_path / "wrong.json"
    path.write_text(content)
    assert main(["rebalance", "plan", "--snapshot", str(path)]) == 1
    assert words in capsys.readouterr().err

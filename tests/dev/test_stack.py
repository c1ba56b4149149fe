"""The engine finds the Kubernetes provider that was found or built, for a stack on any cluster."""

import os
from importlib.metadata import version
from pathlib import Path

import pytest

from dev.stack import PROVIDER, Stack, StackError


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the engine of a stack on somebody's own cluster looks for the provider."""
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "plugins" / f"resource-kubernetes-v{version('pulumi-kubernetes')}" / PROVIDER


def _prepared(folder: Path) -> Path:
    """Prepare the example stack with a provider in this folder, and return that."""
    folder.mkdir(parents=True)
    built = folder / PROVIDER
    built.write_text(str(folder))
    stack = Stack(name="production", tools=folder)
    assert not stack.is_local
    stack.prepare()
    return built


def test_the_provider_is_put_among_the_plugins_of_the_callers_own_engine(plugin: Path, tmp_path: Path) -> None:
    built = _prepared(tmp_path / "tools")
    assert plugin.resolve() == built


def test_another_build_takes_the_place_of_the_last_one(plugin: Path, tmp_path: Path) -> None:
    _prepared(tmp_path / "old").unlink()
    built = _prepared(tmp_path / "new")
    assert plugin.resolve() == built


def test_a_provider_that_the_caller_has_already_stays(plugin: Path, tmp_path: Path) -> None:
    plugin.parent.mkdir(parents=True)
    plugin.write_text("their own")
    _prepared(tmp_path / "tools")
    assert plugin.read_text() == "their own"
    assert not plugin.is_symlink()


def test_an_edit_that_would_not_last_is_refused_for_a_local_stack_alone(tmp_path: Path) -> None:
    edit = ("config", "set", "--secret", "name")
    with pytest.raises(StackError, match=r"edit that file|stacks/Pulumi\.local\.yaml"):
        Stack(name="local", tools=tmp_path).refuse_lost_edits(edit)
    Stack(name="local", tools=tmp_path).refuse_lost_edits(("config", "get", "name"))
    Stack(name="production", tools=tmp_path).refuse_lost_edits(edit)


def test_what_the_engines_plugins_leave_in_the_folder_for_temporary_files_goes_with_the_local_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dev.stack.BACKEND", tmp_path / "stacks")
    folder = Path(Stack(name="local", tools=tmp_path).environment()["TMPDIR"])
    assert folder.is_dir() and folder.is_relative_to(tmp_path / "stacks")
    assert folder.stat().st_mode & 0o077 == 0
    assert "TMPDIR" not in Stack(name="production", tools=tmp_path).environment().keys() - os.environ.keys()

import io
import os
from pathlib import Path

import pytest

from dev import toolchain
from dev.progress import Progress
from dev.toolchain import installed, parts
from dev.toolchain.parts import PARTS

GO = """#!/bin/bash
# A Go that knows its own version, "builds" every package into the given folder and lists one module.
echo "$*" >>"$GO_CALLS"
case $1 in
  env) printf 'go1.26.0\\nlinux\\namd64\\n' ;;
  list) echo "$GO_MODULE" ;;
  build)
    [ ! -e "$GO_CALLS.broken" ] || { echo "undefined: frobnicate" >&2; exit 1; }
    while [ "$1" != -o ]; do shift; done
    folder=$2; shift 2
    for package in "$@"; do
      echo "$package" >&2
      [ "$package" != . ] || package=/$(basename "$PWD")
      name=${package%/v[0-9]}; name=${name##*/}
      echo "$package" >"$folder/$name"
    done ;;
esac
"""


class World:
    """A machine with a fake Go, an empty cache, and whatever a test installs on PATH."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.cache = folder / "bin", folder / "cache"
        self.calls = folder / "calls"
        self.said = io.StringIO()
        self.bin.mkdir()
        self.calls.write_text("")
        self.install("go", GO)

    def install(self, name: str, text: str) -> Path:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)
        return self.bin / name

    def break_builds(self, broken: bool) -> None:
        marker = Path(f"{self.calls}.broken")
        if broken:
            marker.touch()
        else:
            marker.unlink()

    def ensure(self) -> toolchain.Toolchain:
        return toolchain.ensure(Progress(self.said))

    @property
    def builds(self) -> int:
        return sum(line.startswith("build") for line in self.calls.read_text().splitlines())

    @property
    def entries(self) -> set[str]:
        folder = self.cache / "kafka-platform" / "toolchain"
        return {path.name.rpartition("-")[0] for path in folder.iterdir() if path.is_dir() and "-" in path.name}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    module = tmp_path / "module"
    for file in parts.PULUMI.files:
        (module / file.path).parent.mkdir(parents=True, exist_ok=True)
        (module / file.path).write_text(file.path)
    monkeypatch.setenv("PATH", f"{world.bin}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(world.cache))
    monkeypatch.setenv("GO_CALLS", str(world.calls))
    monkeypatch.setenv("GO_MODULE", str(module))
    return world


def install_kubectl(world: World, version: str) -> Path:
    return world.install("kubectl", f"#!/bin/bash\necho Client Version: v{version}\n")


def test_every_program_is_in_one_folder_under_its_usual_name(world: World) -> None:
    tools = world.ensure()
    assert sorted(path.name for path in tools.bin.iterdir()) == sorted(name for part in PARTS for name in part.programs)
    assert tools.program("etcd").read_text() == "go.etcd.io/etcd/server/v3\n"
    assert os.access(tools.program("pulumi-language-python-exec"), os.X_OK)
    assert tools.versions["kubernetes"] == parts.KUBERNETES.version


def test_for_an_existing_cluster_no_kubernetes_is_built(world: World) -> None:
    tools = toolchain.ensure(Progress(world.said), toolchain.ENGINE)
    assert world.entries == {"pulumi", "pulumi-kubernetes", "kubectl", "bin"}
    assert tools.program("pulumi").is_file() and not tools.program("kubelet").exists()


def test_a_second_run_builds_nothing(world: World) -> None:
    first, built = world.ensure(), world.builds
    assert world.ensure() == first
    assert world.builds == built == sum(len(part.builds) for part in PARTS)


def test_progress_names_each_part_with_its_number_and_time(world: World) -> None:
    world.ensure()
    for part in PARTS:
        assert f"of {len(PARTS)}: {part.name} {part.version}: done in " in world.said.getvalue()


def test_a_failed_build_shows_the_end_of_its_log_and_leaves_no_entry(world: World) -> None:
    world.break_builds(True)
    with pytest.raises(toolchain.ToolchainError, match=r"(?s)the whole log is \S+\.log.*undefined: frobnicate"):
        world.ensure()
    assert world.entries == set()
    world.break_builds(False)
    assert world.ensure().program("kubectl").is_file()


def test_after_a_failure_no_further_part_is_begun(world: World) -> None:
    world.break_builds(True)
    with pytest.raises(toolchain.ToolchainError):
        world.ensure()
    assert world.builds <= 2


def test_a_lost_entry_is_built_again(world: World) -> None:
    kubectl = world.ensure().program("kubectl").resolve()
    kubectl.unlink()
    kubectl.parent.rmdir()
    kubectl.parent.parent.rmdir()
    before = world.builds
    assert world.ensure().program("kubectl").is_file()
    assert world.builds == before + 1


@pytest.mark.parametrize(
    ("version", "used"),
    [("1.32.9", False), ("1.33.0", True), ("1.34.4", True), ("1.35.7", True), ("1.36.0", False)],
)
def test_a_program_on_path_is_used_in_a_fitting_version(world: World, version: str, used: bool) -> None:
    kubectl = install_kubectl(world, version)
    assert (installed.find(parts.KUBECTL, str(world.bin)) == {"kubectl": kubectl}) == used
    assert (world.ensure().program("kubectl").resolve() == kubectl) == used
    assert ("kubectl" in world.entries) != used


@pytest.mark.parametrize("text", ["#!/bin/bash\nexit 1\n", "#!/bin/bash\necho no version\n", "not a program"])
def test_a_program_that_tells_no_version_is_not_used(world: World, text: str) -> None:
    world.install("kubectl", text)
    assert installed.find(parts.KUBECTL, str(world.bin)) is None


def test_a_part_with_one_program_missing_is_built_whole(world: World) -> None:
    for name in set(parts.KUBERNETES.programs) - {"kubelet"}:
        world.install(name, "#!/bin/bash\necho Kubernetes v1.34.4\n")
    assert installed.find(parts.KUBERNETES, str(world.bin)) is None
    world.install("kubelet", "#!/bin/bash\necho Kubernetes v1.34.0\n")
    assert installed.find(parts.KUBERNETES, str(world.bin)) is not None


def test_our_own_cache_on_path_is_not_taken_for_an_installation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = world.ensure()
    monkeypatch.setenv("PATH", f"{tools.bin}:{world.bin}:/usr/bin:/bin")
    assert str(tools.bin) not in installed.search_path()
    assert world.ensure() == tools


def test_an_installed_program_that_goes_away_is_replaced_by_a_built_one(world: World) -> None:
    kubectl = install_kubectl(world, "1.34.4")
    assert world.ensure().program("kubectl").resolve() == kubectl
    kubectl.unlink()
    assert world.ensure().program("kubectl").is_file()


def test_without_go_the_error_says_what_to_install(world: World) -> None:
    world.install("go", "#!/bin/bash\nexit 1\n")
    with pytest.raises(toolchain.ToolchainError, match="install Go"):
        world.ensure()

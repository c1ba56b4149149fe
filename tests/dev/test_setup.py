import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dev import PROJECT

COPIED = ("dev/setup.sh", "dev/packages.txt", "dev/bootstrap.txt", "requirements.lock")
SHELL_TOOLS = (
    *("bash", "cat", "cut", "dirname", "env", "flock", "head", "id", "ln", "mkdir", "mv", "rm", "sed", "sha256sum"),
    *("sort", "tail", "touch", "uname"),
)
PREREQUISITES = {
    "go": "echo go1.26.0",
    "jlink": "echo 17.0.15",
    "mvn": "echo Apache Maven 3.8.7",
    # A Python that makes environments whose pip "installs" a uv that does the same.
    "python3.11": """
        case "$*" in
          *"-m venv"*) mkdir -p "$3/bin"; ln -s "$0" "$3/bin/python" ;;
          *"pip install"*) ln -s "$UV_OF_PYPI" "$(dirname "$0")/uv" ;;
          *sysconfig*) mkdir -p site; echo "$PWD/site" ;;
          *sys.version_info*) exit 0 ;;
        esac""",
    "uv-of-pypi": """
        if [ "$1" = venv ]; then mkdir -p .venv/bin; ln -s "$4" .venv/bin/python; fi""",
}


class Machine:
    """A machine on which only what a test puts there exists; every program notes that it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project, self.bin, self.home = folder / "project", folder / "bin", folder / "home"
        self.calls_file = folder / "calls"
        for name in COPIED:
            (self.project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, self.project / name)
        # The system's own folders are looked through too: what is really installed there must not be found.
        script = self.project / "dev" / "setup.sh"
        script.write_text(script.read_text().replace(":/usr/local/sbin:/usr/sbin:/sbin", ""))
        packages = self.project / "dev" / "packages.txt"
        packages.write_text(packages.read_text().replace("/usr/lib/cni", str(folder / "cni")))
        self.bin.mkdir()
        self.home.mkdir()
        self.calls_file.touch()
        for name in SHELL_TOOLS:
            real = shutil.which(name)
            assert real, name
            (self.bin / name).symlink_to(real)

    def install(self, name: str, body: str = "") -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f'#!{shutil.which("bash")}\necho "{name} $*" >>"{self.calls_file}"\n{body}\n')
        path.chmod(0o755)

    def install_packages(self) -> None:
        for line in (self.project / "dev" / "packages.txt").read_text().splitlines():
            if line and not line.startswith("#"):
                program = line.split()[1]
                if program.startswith("/"):
                    Path(program).parent.mkdir()
                    Path(program).touch()
                else:
                    self.install(program)

    def set_up(self) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        environment = {"PATH": str(self.bin), "HOME": str(self.home), "UV_OF_PYPI": str(self.bin / "uv-of-pypi")}
        return subprocess.run(
            [self.project / "dev" / "setup.sh"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    for name, body in PREREQUISITES.items():
        machine.install(name, body)
    machine.install("apt-get")
    machine.install("sudo", 'exec "$@"')
    machine.install_packages()
    return machine


def test_a_fresh_machine_is_set_up_and_a_second_run_does_nothing(machine: Machine) -> None:
    first = machine.set_up()
    assert first.returncode == 0, first.stdout + first.stderr
    assert (machine.project / "site" / "kafka-platform.pth").read_text() == f"{machine.project}\n"
    assert any(call.startswith("uv") and "--require-hashes" in call for call in machine.calls)
    second = machine.set_up()
    assert (second.returncode, second.stdout, machine.calls) == (0, "", [])


def test_every_missing_prerequisite_is_named_with_its_install_line_before_anything_is_installed(
    machine: Machine,
) -> None:
    for name in ("go", "jlink", "mvn", "python3.11", "mmdebstrap"):
        (machine.bin / name).unlink()
    result = machine.set_up()
    assert result.returncode == 1
    for line in ("Go 1.26", "openjdk-17-jdk-headless", "apt-get install maven", "python3.11-venv"):
        assert line in result.stderr
    assert not any(call.startswith(("apt-get", "sudo")) for call in machine.calls)
    assert not (machine.project / ".venv").exists()


@pytest.mark.parametrize(
    ("name", "output", "enough"),
    [
        ("go", "go1.25.9", False),
        ("go", "go1.26.0", True),
        ("go", "go1.30.0", True),
        ("jlink", "11.0.20", False),
        ("jlink", "17.0.1", True),
        ("jlink", "21.0.1", True),
    ],
)
def test_a_prerequisite_must_be_of_its_version_or_newer(machine: Machine, name: str, output: str, enough: bool) -> None:
    machine.install(name, f"echo {output}")
    assert (machine.set_up().returncode == 0) == enough


def test_only_packages_whose_program_is_missing_are_installed(machine: Machine) -> None:
    (machine.bin / "containerd").unlink()
    (machine.folder / "cni" / "bridge").unlink()
    machine.install(
        "apt-get",
        f'[ "$1" = update ] || {{ touch {machine.folder}/cni/bridge; ln -sf /bin/true {machine.bin}/containerd; }}',
    )
    result = machine.set_up()
    assert result.returncode == 0, result.stderr
    installs = [call for call in machine.calls if call.startswith("apt-get")]
    assert installs == [
        "apt-get update",
        "apt-get install -y --no-install-recommends containerd containernetworking-plugins",
    ]


def test_a_package_removed_later_is_installed_again(machine: Machine) -> None:
    assert machine.set_up().returncode == 0
    (machine.bin / "ip").unlink()
    assert machine.set_up().returncode == 0
    assert "apt-get install -y --no-install-recommends iproute2" in machine.calls
    assert not any(call.startswith("uv") for call in machine.calls)


def test_a_failed_step_shows_the_end_of_its_output_and_the_next_run_goes_on(machine: Machine) -> None:
    machine.install("uv-of-pypi", "echo no matching distribution; exit 1")
    result = machine.set_up()
    assert result.returncode == 1
    assert "no matching distribution" in result.stderr
    assert "setup.log" in result.stderr
    machine.install("uv-of-pypi", PREREQUISITES["uv-of-pypi"])
    assert machine.set_up().returncode == 0


def test_a_changed_lock_makes_the_environment_anew(machine: Machine) -> None:
    assert machine.set_up().returncode == 0
    with (machine.project / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert machine.set_up().returncode == 0
    assert any("pip sync" in call for call in machine.calls)


def test_a_moved_checkout_is_set_up_anew(machine: Machine) -> None:
    assert machine.set_up().returncode == 0
    machine.project = machine.project.rename(machine.folder / "moved")
    assert machine.set_up().returncode == 0
    assert (machine.project / "site" / "kafka-platform.pth").read_text() == f"{machine.project}\n"


def test_elsewhere_than_on_linux_no_packages_are_asked_for(machine: Machine) -> None:
    machine.install("uname", "echo Darwin")
    for name in ("containerd", "ip"):
        (machine.bin / name).unlink()
    assert machine.set_up().returncode == 0
    assert not any(call.startswith("apt-get") for call in machine.calls)


def test_without_root_packages_are_installed_with_sudo(machine: Machine) -> None:
    machine.install("id", "echo 1000")
    (machine.bin / "ip").unlink()
    assert machine.set_up().returncode == 0
    assert [call for call in machine.calls if call.startswith("sudo apt-get")] == ["sudo apt-get update"]
    (machine.bin / "sudo").unlink()
    assert "root or sudo" in machine.set_up().stderr


def test_nothing_names_a_package_host() -> None:
    for name in (*COPIED, "Makefile", "pyproject.toml"):
        text = (PROJECT / name).read_text()
        assert "://" not in text, name


def test_pip_configuration_reaches_uv(machine: Machine) -> None:
    machine.install(
        "uv-of-pypi", f'echo "index=$UV_DEFAULT_INDEX" >>{machine.calls_file}' + PREREQUISITES["uv-of-pypi"]
    )
    index = PREREQUISITES["python3.11"].replace("esac", '  *"config get"*) echo mirror-of-pip ;;\nesac')
    machine.install("python3.11", index)
    assert machine.set_up().returncode == 0
    assert "index=mirror-of-pip" in machine.calls
    assert os.environ.get("UV_DEFAULT_INDEX") is None

"""What the cluster does to the machine: networks, packet filters, cgroups, mounts, processes, the lock, the state."""

import os
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from dev.cluster import cgroups, firewall, lock, mounts, network, processes, state
from dev.cluster.addresses import CLUSTER_RANGE, ZONES
from dev.cluster.commands import ENVIRONMENT, run
from dev.cluster.errors import ClusterError, log_tail
from dev.progress import Progress


def lines(*rows: str) -> str:
    return "\n".join(rows)


def test_no_zone_gets_a_default_route() -> None:
    for zone in ZONES:
        assert not any("default" in command or "0.0.0.0" in command for command in network.zone_commands(zone))


def test_the_hosts_first_step_makes_the_whole_range_unreachable() -> None:
    first = network.host_commands()[0]
    assert first == f"route replace unreachable {CLUSTER_RANGE} metric 4294967295"


def test_forged_sources_are_dropped_before_anything_is_answered() -> None:
    to_the_host = [rule for rule in firewall.host_rules() if rule.startswith("-A KAFKA-PLATFORM-IN ")]
    assert to_the_host[0] == f"-A KAFKA-PLATFORM-IN ! -s {CLUSTER_RANGE} -j DROP"
    assert to_the_host[-1] == "-A KAFKA-PLATFORM-IN -j REJECT"


def test_removal_undoes_exactly_our_rules() -> None:
    saved = lines(
        "*filter",
        ":INPUT ACCEPT [10:20]",
        ":DOCKER-USER - [0:0]",
        ":KAFKA-PLATFORM-IN - [0:0]",
        "-A INPUT -i kp0 -j KAFKA-PLATFORM-IN",
        "-A INPUT -i kp0 -j KAFKA-PLATFORM-IN",
        "-A FORWARD -j DOCKER-USER",
        "-A KAFKA-PLATFORM-IN -j REJECT --reject-with icmp-port-unreachable",
        "COMMIT",
    )
    assert firewall.removal(saved) == [
        "*filter",
        "-D INPUT -i kp0 -j KAFKA-PLATFORM-IN",
        "-D INPUT -i kp0 -j KAFKA-PLATFORM-IN",
        "-F KAFKA-PLATFORM-IN",
        "-X KAFKA-PLATFORM-IN",
        "COMMIT",
    ]


def test_a_machine_without_our_rules_is_left_alone() -> None:
    assert firewall.removal("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n") == []


def test_the_trees_of_both_cgroup_versions_are_found() -> None:
    table = lines(
        "30 20 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs rw",
        "31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
        "32 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
        "33 20 0:29 / /proc rw - proc proc rw",
    )
    assert cgroups.trees(table) == (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/unified"))
    assert cgroups.trees("40 20 0:30 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw") == (Path("/sys/fs/cgroup"),)


def test_mounts_of_ours_are_undone_from_the_innermost() -> None:
    table = lines(
        "30 20 0:26 / /var/lib/kafka-platform/volumes rw - ext4 /dev/x rw",
        r"31 30 0:27 / /var/lib/kafka-platform/volumes/with\040space rw - tmpfs tmpfs rw",
        "32 30 0:28 / /var/lib/kafka-platform-of-somebody-else rw - tmpfs tmpfs rw",
        "33 30 0:28 / /home rw - ext4 /dev/y rw",
    )
    assert mounts.ours(table) == [
        "/var/lib/kafka-platform/volumes/with space",
        "/var/lib/kafka-platform/volumes",
    ]


def test_a_state_folder_on_a_disk_of_its_own_stays_mounted() -> None:
    own = f"30 20 8:1 / {state.STATE} rw - ext4 /dev/z rw"
    left = f"31 30 0:27 / {state.STATE}/nodes/zone-a/tmp rw - tmpfs tmpfs rw"
    assert mounts.ours(lines(own, left)) == [f"{state.STATE}/nodes/zone-a/tmp"]


def test_a_process_is_known_by_its_start_and_not_by_its_number_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "PARTS", tmp_path)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])

    def record(name: str, *, started: int, boot: str) -> None:
        (tmp_path / f"{name}.json").write_text(f'{{"pid": {os.getpid()}, "started": {started}, "boot": "{boot}"}}')

    record("same", started=started, boot=boot)
    record("another-with-the-same-number", started=started - 1, boot=boot)
    record("of-an-earlier-boot", started=started, boot="other")
    assert processes.pid_of("same") == os.getpid()
    assert processes.pid_of("another-with-the-same-number") is None
    assert processes.pid_of("of-an-earlier-boot") is None
    assert processes.pid_of("never-started") is None


def test_a_part_that_dies_while_waited_for_is_named_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "PARTS", tmp_path)
    log = tmp_path / "etcd.log"
    log.write_text("first\nno space left on device\n")
    monkeypatch.setattr(processes, "log_of", lambda _name: log)
    with pytest.raises(ClusterError, match=r"(?s)etcd ended before it serves; .*no space left on device"):
        processes.wait_until("it serves", ["etcd"], 5, lambda: False)


def test_a_late_part_is_named_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "pid_of", lambda _name: 1)
    monkeypatch.setattr(processes, "log_of", lambda _name: tmp_path / "none.log")
    with pytest.raises(ClusterError, match=r"it serves: not within 0 s; it wrote no log at"):
        processes.wait_until("it serves", ["etcd"], 0, lambda: False)


def test_an_error_quotes_the_end_of_a_log_only(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {n}\n" for n in range(100)))
    tail = log_tail(log)
    assert str(log) in tail and "line 99" in tail and "line 84\n" not in tail


def test_a_second_holder_of_the_lock_is_told_who_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LOCK", tmp_path / "lock")
    said = StringIO()
    with (
        lock.cluster_lock(Progress(said)),
        pytest.raises(ClusterError, match=f"process {os.getpid()} has held .* only one may change"),
        lock.cluster_lock(Progress(said), patience=0),
    ):
        pass
    with lock.cluster_lock(Progress(said), patience=0):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LOCK", tmp_path / "lock")
    holder = subprocess.Popen(
        ["flock", "--exclusive", "--no-fork", str(tmp_path / "lock"), "sh", "-c", "echo held; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        holder.kill()
        holder.wait()
        with lock.cluster_lock(Progress(StringIO()), patience=0):
            pass


def test_no_proxy_setting_of_the_caller_reaches_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert "HTTPS_PROXY" not in run("env")
    assert set(ENVIRONMENT) == {"PATH", "LANG"}


def test_a_failed_command_says_what_it_said() -> None:
    with pytest.raises(ClusterError, match=r"`sh -c echo broken >&2; exit 3` failed \(3\): broken"):
        run("sh", "-c", "echo broken >&2; exit 3")


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ClusterError, match="'no-such-program' is not installed"):
        run("no-such-program")


def test_another_binary_makes_another_cluster_and_the_same_does_not(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text("a")
    before = state.fingerprint(tmp_path, ("one", "two"))
    assert state.fingerprint(tmp_path, ("one", "two")) == before
    (tmp_path / "two").write_text("ab")
    assert state.fingerprint(tmp_path, ("one", "two")) != before


def test_the_same_binaries_seen_from_another_checkout_make_the_same_cluster(tmp_path: Path) -> None:
    real, here, there = tmp_path / "real", tmp_path / "here", tmp_path / "there"
    for folder in (real, here, there):
        folder.mkdir()
    (real / "etcd").write_text("a")
    (here / "etcd").symlink_to(real / "etcd")
    (there / "etcd").symlink_to(real / "etcd")
    assert state.fingerprint(here, ("etcd",)) == state.fingerprint(there, ("etcd",))


@pytest.mark.parametrize(
    ("volumes", "left"), [(False, {"cache", "etcd", "volumes", "stacks"}), (True, {"cache"})], ids=["kept", "removed"]
)
def test_down_keeps_what_it_is_told_to_and_the_cache_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, volumes: bool, left: set[str]
) -> None:
    monkeypatch.setattr(state, "STATE", tmp_path / "state")
    monkeypatch.setattr(state, "CACHE", tmp_path / "state" / "cache")
    monkeypatch.setattr(state, "RUN", tmp_path / "run")
    for name in ("state/cache", "state/etcd", "state/volumes", "state/stacks", "run/parts"):
        (tmp_path / name).mkdir(parents=True)
    state.remove_state(volumes=volumes)
    assert {path.name for path in (tmp_path / "state").iterdir()} == left
    assert not (tmp_path / "run").exists()

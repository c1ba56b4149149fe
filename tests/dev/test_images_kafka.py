import os
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dev.images import ImageError, base, kafka
from dev.images.kafka import commands

SCRIPTS = Path(kafka.__file__).parent / "bin"
OFFICIAL = (
    *("kafka-server-start.sh", "kafka-storage.sh", "kafka-run-class.sh", "kafka-topics.sh", "kafka-configs.sh"),
    *("kafka-metadata-quorum.sh", "kafka-reassign-partitions.sh", "kafka-features.sh", "kafka-acls.sh"),
    *("kafka-console-producer.sh", "kafka-console-consumer.sh", "connect-distributed.sh"),
)
JAVA = '#!/bin/bash\nprintf "%s\\n" "$$" "$@"\n'


def install(folder: Path, version: str) -> Path:
    """Lay the scripts of a version out under a folder instead of /opt/kafka, with a Java that prints its arguments."""
    home = folder / "kafka"
    for name in ("bin", "libs", "config"):
        (home / name).mkdir(parents=True)
    texts = {file.name: file.read_text() for file in SCRIPTS.iterdir()} | commands.scripts(version)
    for name, text in texts.items():
        (home / "bin" / name).write_text(text.replace("/opt/kafka", str(home)))
        (home / "bin" / name).chmod(0o755)
    for name in ("b.jar", "a.jar"):
        (home / "libs" / name).touch()
    marker = "log4j2.yaml" if commands.is_kraft_only(version) else "log4j.properties"
    (home / "config" / marker).touch()
    (home / "config" / f"tools-{marker}").touch()
    java = folder / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(JAVA)
    java.chmod(0o755)
    return home


def start(home: Path, script: str, *arguments: str, env: Mapping[str, str] | None = None) -> tuple[int, list[str]]:
    """Run a script; returns the pid it was started with and the lines that its Java printed: pid and arguments."""
    environment = {"PATH": os.environ["PATH"], "JAVA_HOME": str(home.parent / "java"), **(env or {})}
    process = subprocess.Popen(
        [home / "bin" / script, *arguments], env=environment, stdout=subprocess.PIPE, text=True, cwd="/"
    )
    output, _ = process.communicate()
    assert process.returncode == 0
    return process.pid, output.splitlines()


@pytest.mark.parametrize("version", kafka.VERSIONS)
def test_each_version_has_the_official_scripts(version: str) -> None:
    names = {file.name for file in SCRIPTS.iterdir()} | set(commands.scripts(version))
    assert set(OFFICIAL) <= names
    assert ("zookeeper-server-start.sh" in names) == ("zookeeper-shell.sh" in names) == version.startswith("3.")


@pytest.mark.parametrize("version", kafka.VERSIONS)
def test_java_takes_the_place_of_every_script_so_that_signals_reach_it(tmp_path: Path, version: str) -> None:
    home = install(tmp_path, version)
    for script in commands.scripts(version):
        pid, lines = start(home, script, "one", "two words")
        assert lines[0] == str(pid), script
        assert lines[-2:] == ["one", "two words"]


def test_the_options_of_the_official_scripts_are_honoured(tmp_path: Path) -> None:
    given = {
        "KAFKA_HEAP_OPTS": "-Xms1g -Xmx1g",
        "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC",
        "KAFKA_OPTS": "-Dmine=1 -Dyours=2",
        "KAFKA_LOG4J_OPTS": "-Dlog4j.configuration=file:/config/log4j.properties",
        "LOG_DIR": "/data/logs",
        "JMX_PORT": "9999",
        "CLASSPATH": "/extra/*",
    }
    home = install(tmp_path, "3.9.2")
    _, lines = start(home, "kafka-server-start.sh", "server.properties", env=given)
    for name in ("KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_OPTS", "KAFKA_LOG4J_OPTS"):
        assert set(given[name].split()) <= set(lines)
    assert {"-Dkafka.logs.dir=/data/logs", "-Dcom.sun.management.jmxremote.port=9999"} <= set(lines)
    assert lines[lines.index("-cp") + 1] == f"{home}/libs/a.jar:{home}/libs/b.jar:/extra/*"
    assert sum(line.startswith(("-Xm", "-Dlog4j")) for line in lines) == 3


@pytest.mark.parametrize(
    ("version", "script", "heap", "logging"),
    [
        ("3.9.2", "kafka-server-start.sh", "-Xmx1G", "-Dlog4j.configuration=file:{}/config/log4j.properties"),
        ("3.9.2", "zookeeper-server-start.sh", "-Xmx512M", "-Dlog4j.configuration=file:{}/config/log4j.properties"),
        ("3.9.2", "kafka-topics.sh", "-Xmx256m", "-Dlog4j.configuration=file:{}/config/tools-log4j.properties"),
        ("4.3.1", "kafka-server-start.sh", "-Xmx1G", "-Dlog4j2.configurationFile={}/config/log4j2.yaml"),
        ("4.3.1", "kafka-topics.sh", "-Xmx256m", "-Dlog4j2.configurationFile={}/config/tools-log4j2.yaml"),
    ],
)
@pytest.mark.parametrize("empty", [{}, {"KAFKA_HEAP_OPTS": "", "KAFKA_LOG4J_OPTS": "", "KAFKA_OPTS": ""}])
def test_defaults_are_those_of_the_official_scripts_and_logs_go_to_the_console(
    tmp_path: Path, version: str, script: str, heap: str, logging: str, empty: Mapping[str, str]
) -> None:
    home = install(tmp_path, version)
    _, lines = start(home, script, env=empty)
    assert {heap, logging.format(home)} <= set(lines)
    assert not any("jmxremote" in line for line in lines)


@pytest.mark.parametrize("made", [True, False])
def test_the_class_archive_is_used_when_there_is_one(tmp_path: Path, made: bool) -> None:
    home = install(tmp_path, "3.9.2")
    if made:
        (home / "kafka.jsa").touch()
    _, lines = start(home, "kafka-topics.sh")
    assert (f"-XX:SharedArchiveFile={home}/kafka.jsa" in lines) == made


def test_the_configurations_write_to_the_console_only() -> None:
    for file in (SCRIPTS.parent / "config").iterdir():
        text = file.read_text()
        assert "Console" in text
        assert "RollingFile" not in text and "FileAppender" not in text


def test_an_image_runs_as_a_numbered_user_that_is_not_root() -> None:
    configuration = kafka.configuration("3.9.2")
    assert configuration["User"] == "1000:1000"
    assert "Cmd" not in configuration


def test_jars_that_lack_a_scripts_class_are_refused_by_name(tmp_path: Path) -> None:
    classes = {*commands.tools("4.3.1").values(), *(main for _, main in commands.servers("4.3.1").values())}
    with zipfile.ZipFile(tmp_path / "all.jar", "w") as jar:
        for name in sorted(classes - {"kafka.tools.StorageTool"}):
            jar.writestr(name.replace(".", "/") + ".class", "")
    with pytest.raises(ImageError, match=r"4\.3\.1 lack kafka\.tools\.StorageTool"):
        kafka.check_classes("4.3.1", tmp_path)
    with zipfile.ZipFile(tmp_path / "more.jar", "w") as jar:
        jar.writestr("kafka/tools/StorageTool.class", "")
    kafka.check_classes("4.3.1", tmp_path)


def test_each_version_has_a_key_of_its_own_that_follows_the_base() -> None:
    keys = {kafka.key(version, base_key) for version in kafka.VERSIONS for base_key in ("one", "two")}
    assert len(keys) == 2 * len(kafka.VERSIONS)
    assert kafka.key("3.9.2", "one") == kafka.key("3.9.2", "one")


def test_the_base_takes_only_the_distributions_own_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = [
        "http://mirror/debian/|bookworm|main|/keys/debian.gpg",
        "http://mirror/debian/|bookworm-updates|main|$(SIGNED_BY)",
        "http://mirror/debian/|bookworm|contrib|$(SIGNED_BY)",
        "http://elsewhere/|bookworm-pgdg|main|/keys/other.gpg",
        "http://elsewhere/|stable|main|/keys/other.gpg",
        "http://mirror/debian/|bookworm-updates|main|$(SIGNED_BY)",
    ]
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/bash\ncat <<'E'\n" + "\n".join(targets) + "\nE\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert base.sources("bookworm") == [
        "deb [signed-by=/keys/debian.gpg] http://mirror/debian/ bookworm main",
        "deb http://mirror/debian/ bookworm-updates main",
    ]
    with pytest.raises(ImageError, match="no package source for trixie main"):
        base.sources("trixie")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("usr/bin/bash", True),
        ("etc/passwd", True),
        ("etc/resolv.conf", False),
        ("etc/hostname", False),
        ("etc/apt/sources.list", False),
        ("dev/null", False),
        ("devices", True),
        ("var/lib/dpkg/status", True),
    ],
)
def test_nothing_of_the_building_machine_gets_into_the_base(name: str, kept: bool) -> None:
    assert base.is_kept(name) == kept

"""Kafka's configuration keys, as Kafka itself defines them: the jars of one version are asked by a small Java program.

`python -m dev keys` asks one version of every line and writes the tables that components/spec/keys.py and topic_keys.py
read. The end-to-end tests ask again, and have Kafka read what was rendered.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from components.spec import topic_keys
from components.spec.keys import TABLE
from dev import PROJECT, DevError, cache
from dev.images.kafka import commands
from dev.images.steps import run
from dev.progress import Progress

#: The version that speaks for its line.
VERSIONS = {
    "3.7": "3.7.2",
    "3.8": "3.8.1",
    "3.9": "3.9.2",
    "4.0": "4.0.0",
    "4.1": "4.1.1",
    "4.2": "4.2.0",
    "4.3": "4.3.1",
}
#: What is asked for, the table that holds the answers, and its last column.
TABLES = {"table": (TABLE, "update mode"), "topics": (topic_keys.TABLE, "broker keys that its default follows")}
TARGET = PROJECT / "components" / "spec"
_PROGRAM = Path(__file__).parent / "ConfigKeys.java"
_POM = PROJECT / "dev" / "images" / "kafka" / "pom.xml"
_COLUMNS = 6
Row = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What Kafka says of one file."""

    file: str
    verdict: str
    """`accepted`, `refused` with Kafka's words, or `unknown` with a key that Kafka does not define."""
    detail: str


def jars(version: str, progress: Progress) -> Path:
    """Return the folder with the jars of a version of Kafka, fetched by Maven if they are not in the cache."""
    target = cache.root() / "jars" / f"kafka-{version}-{cache.key(_POM.read_text())}"
    return cache.ensure(target, f"jars of Kafka {version}", progress, partial(_fetch, version))


def table(version: str, progress: Progress, which: str = "table") -> Mapping[str, Row]:
    """Return what a version of Kafka says of each of its keys: one of TABLES."""
    rows = [tuple(line.split("\t")) for line in _ask(version, [which], progress)]
    return {row[0]: row[1:] for row in rows if len(row) == _COLUMNS}


def check(version: str, files: Sequence[Path], progress: Progress) -> list[Finding]:
    """Have a version of Kafka, read configuration files as a node would.

    A `zoo.cfg` is read by its ZooKeeper, a `topic.properties` as the keys of one topic.
    """
    rows = [line.split("\t") for line in _ask(version, ["check", *map(str, files)], progress)]
    return [Finding(file=row[0], verdict=row[1], detail=row[2]) for row in rows if len(row) == 3]


def merged(tables: Mapping[str, Mapping[str, Row]], last: str) -> str:
    """Return one table of all lines: a row for each run of lines that say the same of a key."""
    names = sorted({name for rows in tables.values() for name in rows})
    head = "# Made by `python -m dev keys`, of Kafka " + ", ".join(VERSIONS[line] for line in tables)
    columns = f"# key, lines, type, default, valid values, importance, {last}"
    return "\n".join([head, columns, *(row for name in names for row in _runs(name, tables)), ""])


def command(_arguments: Sequence[str], progress: Progress) -> int:
    """Write the tables anew: `python -m dev keys`."""
    for which, (name, last) in TABLES.items():
        told = {line: table(version, progress, which) for line, version in VERSIONS.items()}
        (TARGET / name).write_text(merged(told, last))
        progress.say(f"wrote {(TARGET / name).relative_to(PROJECT)}")
    return 0


def _runs(name: str, tables: Mapping[str, Mapping[str, Row]]) -> Iterator[str]:
    runs: list[tuple[list[str], Row]] = []
    before: Row | None = None
    for line, rows in tables.items():
        row = rows.get(name)
        if row is not None and row == before:
            runs[-1][0].append(line)
        elif row is not None:
            runs.append(([line], row))
        before = row
    for lines, row in runs:
        span = lines[0] if len(lines) == 1 else f"{lines[0]}-{lines[-1]}"
        yield "\t".join([name, span, *row])


def _fetch(version: str, folder: Path, log: Path) -> None:
    # Maven writes a target folder beside the pom it is given, so it gets one of its own.
    pom = folder / "pom.xml"
    shutil.copyfile(_POM, pom)
    profile = ["-P", "log4j2"] if commands.is_kraft_only(version) else []
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    run(["mvn", "-B", "-ntp", "-f", str(pom), f"-Dkafka.version={version}", *profile, *goal], log)


def _ask(version: str, arguments: Sequence[str], progress: Progress) -> list[str]:
    options = ["-XX:TieredStopAtLevel=1", "-cp", f"{jars(version, progress)}/*", str(_PROGRAM)]
    done = subprocess.run(["java", *options, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DevError(f"Kafka {version} could not be asked about its configuration:\n{done.stderr.strip()}")
    return done.stdout.splitlines()

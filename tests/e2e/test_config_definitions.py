"""Kafka reads what we render, and says whether our table of its keys is right: by its own jars, without a cluster."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.spec.access_properties import LOGINS_MOUNT
from components.spec.data_folders import data_folders
from components.spec.distributions import line_of
from components.spec.keys import Key, allowed_instead, keys_of
from components.spec.model import ClusterSpec
from components.spec.ownership import AUTHORIZER_KEYS
from components.spec.rendering import RenderedPool, render_cluster
from components.spec.scripts import PROPERTIES, ZOO_CFG
from components.spec.topic_keys import topic_keys
from contract import PLAIN_LOGIN
from dev import keys
from dev.images import kafka
from dev.progress import Progress
from hooks.clients.logins import login
from hooks.planner.features import RELEASES
from tests.spec.clusters import (
    changed,
    cluster,
    confluent_kraft_config,
    confluent_zookeeper_config,
    kraft_config,
    zookeeper_config,
)
from tests.spec.test_oauth import tokens
from tests.spec.test_plain import plain
from tests.stacks.test_key_input import BAD_INPUT
from tests.stacks.test_stack_files import FILES, settings_of
from tests.stacks.test_topics import REFUSED_BY_KAFKA

FEATURES = "org.apache.kafka.tools.FeatureCommand"
#: The lines whose images are built here.
LINES = sorted({version.rpartition(".")[0] for version in kafka.VERSIONS})
#: `listener.name.LISTENER.KEY`, and for what belongs to one SASL mechanism `listener.name.LISTENER.MECHANISM.KEY`.
LISTENER_KEY = re.compile(r"listener\.name\.[a-z0-9-]+\.(?:(?:scram-sha-512|plain|oauthbearer)\.)?([a-z.]+)")
CONFIGS = (
    zookeeper_config(),
    kraft_config(),
    changed(kraft_config(), "kafka/version", "3.9.2"),
    confluent_zookeeper_config(),
    changed(confluent_zookeeper_config(), "kafka/edition", "server"),
    confluent_kraft_config(),
    changed(confluent_kraft_config(), "kafka/edition", "community"),
    changed(confluent_kraft_config(), "kafka/version", "7.9.4"),
    plain(kraft_config()),
    plain(zookeeper_config()),
    tokens(kraft_config()),
    tokens(zookeeper_config()),
    changed(zookeeper_config(), "kafka/storage/volumes", 3),
    changed(kraft_config(), "kafka/storage/volumes", 3),
    changed(changed(kraft_config(), "kafka/version", "3.9.2"), "kafka/storage/volumes", 3),
)


def specs() -> list[ClusterSpec]:
    """Every stack file of the project, and both modes on both distributions in their editions."""
    return [*(settings_of(file).cluster for file in FILES), *map(cluster, CONFIGS)]


def written(pool: RenderedPool, folder: Path) -> Path:
    """Write the pool's file as the first of its nodes would have it after its start script."""
    node_id = pool.pool.first_id
    name = ZOO_CFG if pool.pool.component == "zookeeper" else PROPERTIES
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "myid").write_text(f"{node_id}\n")
    text = pool.files[name].replace("@NODE_ID@", str(node_id)).replace("@POD@", pool.pool.pod(node_id))
    for door in pool.doors:
        text = text.replace(door.placeholder, str(door.address(node_id)[1]))
    logins = folder / "logins"
    logins.mkdir()
    (logins / PLAIN_LOGIN).write_text(login({}))
    for number, inside in enumerate(data_folders(pool.pool.volumes)):
        text = text.replace(inside, f"{data}-{number}" if number else str(data))
    (folder / name).write_text(text.replace(LOGINS_MOUNT, str(logins)))
    return folder / name


@pytest.mark.parametrize("line", LINES)
def test_the_table_of_keys_says_what_kafka_says(line: str) -> None:
    asked = keys.table(keys.VERSIONS[line], Progress())
    told = {key.name: (key.type, key.default, key.valid, key.importance, key.update) for key in keys_of(line).values()}
    assert told == asked, "run `python -m dev keys`"


def test_the_levels_of_a_release_are_those_that_kafkas_own_tool_sets() -> None:
    tool = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{keys.jars(keys.VERSIONS['4.3'], Progress())}/*", FEATURES]
    for release, levels in RELEASES.items():
        ask = [*tool, "version-mapping", "--release-version", release]
        done = subprocess.run(ask, capture_output=True, text=True, check=True)
        told = dict(re.findall(r"([a-z.]+)=(\d+)", done.stdout))
        assert told.pop("kraft.version") == "1"
        assert {feature: int(level) for feature, level in told.items() if level != "0"} == levels


@pytest.mark.parametrize("line", LINES)
def test_the_table_of_topic_keys_says_what_kafka_says(line: str) -> None:
    asked = keys.table(keys.VERSIONS[line], Progress(), "topics")
    told = {
        key.name: (key.type, key.default, key.valid, key.importance, "|".join(key.follows))
        for key in topic_keys(line).values()
    }
    assert told == asked, "run `python -m dev keys`"


@pytest.mark.parametrize("line", LINES)
def test_kafka_takes_and_refuses_the_values_of_a_topic_that_the_table_says(line: str, tmp_path: Path) -> None:
    """At each end of every range, one beyond, and words: what we refuse Kafka refuses, and what it takes we take."""
    cases = [(key, value) for key in topic_keys(line).values() for value in _telling_values(key)]
    files = {
        _topic_file(tmp_path / str(number), {key.name: value}): (key, value)
        for number, (key, value) in enumerate(cases)
    }
    found = keys.check(keys.VERSIONS[line], [Path(file) for file in files], Progress())
    assert len(found) == len(files) > 100
    wrong = [
        (key.name, value, finding)
        for finding in found
        for key, value in [files[finding.file]]
        if (allowed_instead(key, value) is None) is not (finding.verdict == "accepted")
    ]
    assert wrong == []


def test_what_we_refuse_of_a_topic_is_refused_by_kafka_too(tmp_path: Path) -> None:
    files = [_topic_file(tmp_path / str(number), config) for number, (config, _) in enumerate(REFUSED_BY_KAFKA)]
    found = keys.check(keys.VERSIONS["4.3"], [Path(file) for file in files], Progress())
    assert [(finding.file, finding.verdict) for finding in found] == [(file, "refused") for file in files]


@pytest.mark.parametrize("line", LINES)
def test_kafka_accepts_every_file_of_both_distributions_and_knows_every_key(line: str, tmp_path: Path) -> None:
    files: list[Path] = []
    for number, spec in enumerate(spec for spec in specs() if line_of(spec.kafka).kafka == line):
        pools = [pool for pools in render_cluster(spec).values() for pool in pools]
        files += [written(pool, tmp_path / str(number) / pool.pool.workload) for pool in pools]
    found = keys.check(keys.VERSIONS[line], files, Progress())
    refused = [finding for finding in found if finding.verdict == "refused"]
    assert refused == []
    assert {finding.file for finding in found if finding.verdict == "accepted"} == {str(file) for file in files}
    unknown = {finding.detail for finding in found if finding.verdict == "unknown"}
    # KIP-103: a listener's own value of a key; the definition knows the key, and not the listeners.
    unknown = {key for key in unknown if (own := LISTENER_KEY.fullmatch(key)) is None or own[1] not in keys_of(line)}
    # The authorizer reads its own keys, and the provider of mounted files is asked before the definition is.
    unknown = {key for key in unknown if key not in AUTHORIZER_KEYS and not key.startswith("config.providers")}
    # Apache Kafka's own definition has none of Confluent Server's keys; these are the ones that we write.
    assert unknown == {
        "confluent.balancer.enable",
        "confluent.balancer.topic.replication.factor",
        "confluent.cluster.link.metadata.topic.replication.factor",
        "confluent.license.topic.replication.factor",
        "confluent.metadata.topic.replication.factor",
        "confluent.security.event.logger.exporter.kafka.topic.replicas",
        "kafka.rest.enable",
    }


@pytest.mark.parametrize("line", LINES)
def test_a_value_that_we_refuse_is_refused_by_kafka_too(line: str, tmp_path: Path) -> None:
    """Without this a rule of ours could forbid what Kafka allows."""
    files: list[Path] = []
    for number, (base, section, key, value, _) in enumerate(BAD_INPUT):
        spec = cluster(base)
        known = key in keys_of(line) and not key.startswith("zookeeper.")
        if line_of(spec.kafka).kafka != line or section != "kafka" or not known:
            continue
        file = written(render_cluster(spec)["broker"][0], tmp_path / str(number))
        file.write_text(f"{file.read_text()}{key}={_text(value)}\n")
        files.append(file)
    assert len(files) > 3
    found = keys.check(keys.VERSIONS[line], files, Progress())
    assert {finding.file for finding in found if finding.verdict == "refused"} == {str(file) for file in files}, found


def _telling_values(key: Key) -> list[str]:
    """Return values on both sides of every border that the table names."""
    if key.type in {"int", "long", "double"}:
        lowest, _, highest = key.valid.partition("..")
        ends = [value for end in (lowest, highest) if end for value in (int(end) - 1, int(end), int(end) + 1)]
        return ["", "many", "1.5", *map(str, ends)]
    if key.type == "boolean":
        return ["true", "FALSE", "yes", "1", ""]
    words = key.valid.removeprefix("list: ").split("|")
    return [*words, ",".join(words), "nobody", words[0].upper()] if key.valid else []


def _topic_file(folder: Path, config: Mapping[str, object]) -> str:
    folder.mkdir()
    file = folder / "topic.properties"
    file.write_text("".join(f"{key}={_text(value)}\n" for key, value in config.items()))
    return str(file)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

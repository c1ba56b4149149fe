"""Kafka reads what is rendered for the services, and says whether it knows it: by its own jars, without a cluster."""

from pathlib import Path
from typing import Any

import pytest

from components.spec.services.connect import connect_service
from components.spec.services.rendering import render_service
from dev import keys
from dev.progress import Progress
from stacks.settings import parse_settings
from tests.e2e.test_config_definitions import LINES
from tests.spec.clusters import changed, confluent_kraft_config, confluent_zookeeper_config, zookeeper_config
from tests.spec.services import CONNECT, connect_config, secure_config

STACKS: dict[str, list[dict[str, Any]]] = {
    "3.9": [{**zookeeper_config(), "connect": CONNECT}, {**confluent_zookeeper_config(), "connect": CONNECT}],
    "4.3": [
        connect_config(secrets=["database"], pluginPaths=["/opt/plugins"], pluginClaims=["more"]),
        secure_config(listener="CLIENTS", topics=["orders"]),
        secure_config(secret="connect-tls", user="CN=connect"),
        {**confluent_kraft_config(), "connect": CONNECT},
    ],
}


def written(config: dict[str, Any], folder: Path) -> Path:
    """Write a worker's file as it is after the start script."""
    settings = parse_settings(config)
    wanted = settings.services.connect
    assert wanted is not None
    service = connect_service(settings.cluster, wanted)
    rendered = render_service(settings.cluster, wanted, service)
    # A provider refuses a folder that is not there; in the pod, each is the mount of a Secret.
    for mount in service.mounts:
        (folder / mount.path.strip("/")).mkdir(parents=True)
    file = folder / "worker.properties"
    file.parent.mkdir(exist_ok=True)
    text = rendered.files["worker.properties"].replace("@POD_IP@", "192.0.2.7")
    file.write_text(text.replace("/etc/kafka-platform", f"{folder}/etc/kafka-platform"))
    return file


@pytest.mark.parametrize("line", LINES)
def test_connect_accepts_every_file_and_knows_every_key(line: str, tmp_path: Path) -> None:
    files = [written(config, tmp_path / str(number)) for number, config in enumerate(STACKS[line])]
    found = keys.check(keys.VERSIONS[line], files, Progress())
    assert {finding.file for finding in found if finding.verdict == "accepted"} == {str(file) for file in files}, found
    unknown = {finding.detail for finding in found if finding.verdict == "unknown"}
    # The providers are asked before the definitions are.
    assert {key for key in unknown if not key.startswith("config.providers")} == set()


def test_a_value_that_is_refused_here_is_refused_by_connect_too(tmp_path: Path) -> None:
    bad = {"exactly.once.source.support": "true", "key.converter": "Json"}
    files: list[Path] = []
    for number, (key, value) in enumerate(bad.items()):
        file = written(changed(connect_config(), "connect/config", {}), tmp_path / str(number))
        kept = [line for line in file.read_text().splitlines() if not line.startswith(f"{key}=")]
        file.write_text("\n".join([*kept, f"{key}={value}", ""]))
        files.append(file)
    found = keys.check(keys.VERSIONS["4.3"], files, Progress())
    assert {finding.file for finding in found if finding.verdict == "refused"} == {str(file) for file in files}, found

"""Several data volumes per broker: where they are, what Kafka is told of them, and that one stays what it was."""

from pathlib import Path
from typing import Any, cast

import pytest

from components.spec.data_folders import DATA_FOLDER
from components.spec.problems import SpecError
from components.spec.rendering import RenderedPool, render_cluster
from components.spec.scripts import IDENTITY_MOUNT, PROPERTIES, START, kafka_script
from components.spec.topology import Pool, broker_pools
from components.workload import stateful_set_spec
from contract import IDENTITY_CLUSTER_ID
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config
from tests.spec.scripts import Container

FOLDERS = (DATA_FOLDER, "/var/lib/kafka-platform-1/data", "/var/lib/kafka-platform-2/data")


def several(config: dict[str, Any]) -> dict[str, Any]:
    """Return the cluster with three volumes per broker."""
    return changed(config, "kafka/storage/volumes", 3)


def broker(config: dict[str, Any]) -> RenderedPool:
    return render_cluster(cluster(config))["broker"][0]


def pool() -> Pool:
    return broker_pools(cluster(several(kraft_config())))[1]


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """A pod with the identity of a cluster and no settings."""
    made = Container(tmp_path)
    made.write(f"/etc/kafka-platform/{PROPERTIES}", "")
    made.write(f"{IDENTITY_MOUNT}/{IDENTITY_CLUSTER_ID}", "the-cluster")
    return made


def properties(rendered: RenderedPool) -> dict[str, str]:
    lines = (line.partition("=") for line in rendered.files[PROPERTIES].splitlines())
    return {key: value for key, _, value in lines}


def test_kafka_writes_to_a_folder_on_every_volume() -> None:
    assert properties(broker(several(zookeeper_config())))["log.dirs"] == ",".join(FOLDERS)
    assert "metadata.log.dir" not in properties(broker(several(zookeeper_config())))


def test_the_metadata_is_on_the_first_volume() -> None:
    told = properties(broker(several(kraft_config())))
    assert (told["log.dirs"], told["metadata.log.dir"]) == (",".join(FOLDERS), DATA_FOLDER)


def test_every_volume_has_a_claim_of_its_own_and_is_mounted() -> None:
    spec = cast("dict[str, Any]", stateful_set_spec(broker(several(kraft_config()))))
    claims = spec["volumeClaimTemplates"]
    assert [claim["metadata"]["name"] for claim in claims] == ["data", "data-1", "data-2"]
    assert [claim["spec"] for claim in claims] == [claims[0]["spec"]] * 3
    (main,) = spec["template"]["spec"]["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in main["volumeMounts"]}
    assert [f"{mounts[claim['metadata']['name']]}/data" for claim in claims] == list(FOLDERS)


@pytest.mark.parametrize("config", [zookeeper_config(), kraft_config()])
def test_one_volume_that_is_written_out_changes_nothing(config: dict[str, Any]) -> None:
    written = render_cluster(cluster(changed(config, "kafka/storage/volumes", 1)))
    assert written == render_cluster(cluster(config))
    for rendered in written["broker"]:
        assert "folders" not in rendered.files[START] and "volumes" not in rendered.wish


def test_a_pool_has_its_own_number_and_the_quorum_one() -> None:
    config = changed(kraft_config(), "kafka/racks/1/storage", {"size": "10Gi", "volumes": 2})
    rendered = render_cluster(cluster(config))
    assert [one.pool.volumes for one in rendered["broker"]] == [1, 2, 1]
    assert [one.wish.get("volumes") for one in rendered["broker"]] == [None, 2, None]
    assert {one.pool.volumes for one in rendered["controller"]} == {1}


def test_a_log_has_to_fit_one_volume_and_not_their_sum() -> None:
    config = several(changed(zookeeper_config(), "kafka/config/log.retention.bytes", 15 * 2**30))
    with pytest.raises(SpecError, match="fill the volume of 10Gi"):
        cluster(config)


def test_fresh_folders_are_formatted_together(container: Container) -> None:
    outcome = container.run(kafka_script(container.distribution, pool(), kraft=True), "kafka-b-1000")
    assert outcome.code == 0
    assert outcome.calls[0].startswith("kafka-storage.sh format --ignore-formatted --config ")
    assert outcome.calls[0].endswith("--cluster-id the-cluster --no-initial-controllers")
    assert all(container.path(folder).is_dir() for folder in FOLDERS)


def test_a_volume_that_came_back_empty_is_formatted_beside_the_others(container: Container) -> None:
    for folder in FOLDERS[:2]:
        container.write(f"{folder}/meta.properties", "node.id=1000\n")
    outcome = container.run(kafka_script(container.distribution, pool(), kraft=True), "kafka-b-1000")
    assert outcome.code == 0 and "--ignore-formatted" in outcome.calls[0]


def test_nothing_is_formatted_once_every_folder_is(container: Container) -> None:
    for folder in FOLDERS:
        container.write(f"{folder}/meta.properties", "node.id=1000\n")
    outcome = container.run(kafka_script(container.distribution, pool(), kraft=True), "kafka-b-1000")
    assert [call.split()[0] for call in outcome.calls] == ["kafka-server-start.sh"]


@pytest.mark.parametrize("damaged", FOLDERS)
def test_a_folder_with_a_log_and_no_mark_stops_the_start(container: Container, damaged: str) -> None:
    container.write(f"{damaged}/orders-0/00000000000000000000.log", "")
    for folder in FOLDERS:
        if folder != damaged:
            container.write(f"{folder}/meta.properties", "node.id=1000\n")
    outcome = container.run(kafka_script(container.distribution, pool(), kraft=True), "kafka-b-1000")
    assert (outcome.code, outcome.calls) == (1, ())
    assert f"{container.path(damaged)} holds a log but no meta.properties" in outcome.complaint

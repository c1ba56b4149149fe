"""The section `pod`: what it puts into a template, and that it leaves what is the platform's own alone."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.args import cluster_args
from components.spec.distributions import image_of
from components.spec.parsing import parse_cluster
from components.spec.rendering import RenderedPool, render_pool
from components.spec.topology import broker_pools, controller_pools, zookeeper_pools
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config

LIMIT = {"resources": {"limits": {"memory": "64Mi"}}}
SIDECAR = {"name": "shipper", "image": "registry.example.com/shipper:2", **LIMIT}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def broker(pod: Mapping[str, Any]) -> RenderedPool:
    spec = cluster(changed(zookeeper_config(), "kafka/pod", dict(pod)))
    return render_pool(spec, spec.kafka, broker_pools(spec)[0])


def pod_spec(pod: Mapping[str, Any]) -> Any:
    return broker(pod).template["spec"]


def kafka_container(pod: Mapping[str, Any]) -> Any:
    return next(one for one in pod_spec(pod)["containers"] if one["name"] == "kafka")


def test_an_empty_section_changes_nothing() -> None:
    spec = cluster(zookeeper_config())
    assert broker({}) == render_pool(spec, spec.kafka, broker_pools(spec)[0])


def test_every_setting_is_a_restart_for_the_cause_pod_and_for_no_other() -> None:
    before = broker({}).revision
    for section in (
        {"imagePullSecrets": ["registry"]},
        {"priorityClass": "kafka"},
        {"nodeSelector": {"nodes": "kafka"}},
        {"hostAntiAffinity": "required"},
        {"affinity": {"podAffinity": {REQUIRED: [{"topologyKey": "kubernetes.io/hostname"}]}}},
        {"tolerations": [{"key": "dedicated", "value": "kafka"}]},
        {"labels": {"team": "streams"}},
        {"annotations": {"secret-read": "2"}},
        {"volumes": [{"name": "plugins", "secret": "plugins"}]},
        {"env": [{"name": "REGION", "value": "north"}]},
        {"sidecars": [SIDECAR]},
        {"initContainers": [SIDECAR]},
    ):
        after = broker(section).revision
        assert {cause for cause in after.causes if before.causes[cause] != after.causes[cause]} == {"pod"}, section


@pytest.mark.parametrize("section", ["kafka", "zookeeper", "controllers"])
def test_brokers_servers_and_controllers_take_the_same_section(section: str) -> None:
    base = kraft_config() if section == "controllers" else zookeeper_config()
    spec = cluster(changed(base, f"{section}/pod", {"priorityClass": "kafka"}))
    for node, pools in (
        (spec.kafka, broker_pools(spec)),
        (spec.zookeeper, zookeeper_pools(spec)),
        (spec.controllers, controller_pools(spec)),
    ):
        for pool in pools:
            assert node
            template: Any = render_pool(spec, node, pool).template
            assert (template["spec"].get("priorityClassName") == "kafka") is (node is getattr(spec, section))


def test_labels_and_annotations_stand_beside_ours() -> None:
    metadata: Any = broker({"labels": {"team": "streams"}, "annotations": {"scrape": "9404"}}).template["metadata"]
    plain: Any = broker({}).template["metadata"]
    assert metadata["labels"] == {"team": "streams", **plain["labels"]}
    assert set(metadata["annotations"]) == {"scrape", *plain["annotations"]}


def test_a_required_node_term_never_loses_the_zone() -> None:
    terms = [
        {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["nvme"]}]},
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-7"]}]},
    ]
    given = {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}}
    found = pod_spec(given)["affinity"]["nodeAffinity"][REQUIRED]["nodeSelectorTerms"]
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["zone-a"]}
    assert len(found) == 2
    assert all(zone in term["matchExpressions"] for term in found)
    assert found[0]["matchExpressions"][1:] == terms[0]["matchExpressions"]
    assert found[1]["matchFields"] == terms[1]["matchFields"]


def test_hosts_are_avoided_within_the_pool_or_refused_within_the_component() -> None:
    usual, strict = (pod_spec({"hostAntiAffinity": how})["affinity"] for how in ("preferred", "required"))
    assert usual == pod_spec({})["affinity"]
    (term,) = strict["podAntiAffinity"][REQUIRED]
    assert PREFERRED not in strict["podAntiAffinity"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert term["labelSelector"]["matchLabels"] == {
        "kafka-platform/cluster": "kafka",
        "kafka-platform/component": "broker",
    }


def test_more_terms_stand_beside_ours() -> None:
    more = {"weight": 1, "podAffinityTerm": {"topologyKey": "rack"}}
    found = pod_spec({"affinity": {"podAntiAffinity": {PREFERRED: [more]}}})["affinity"]["podAntiAffinity"]
    assert found[PREFERRED] == [*pod_spec({})["affinity"]["podAntiAffinity"][PREFERRED], more]


def test_a_lost_node_is_tolerated_without_end_whatever_else_is() -> None:
    given = {"key": "dedicated", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}
    found = pod_spec({"tolerations": [given]})["tolerations"]
    assert found == [*pod_spec({})["tolerations"], given]


def test_a_volume_of_a_secret_or_a_map_is_mounted_read_only_and_an_empty_folder_to_write() -> None:
    volumes = [
        {"name": "plugins", "secret": "plugins", "mountPath": "/opt/plugins"},
        {"name": "rules", "configMap": "rules"},
        {"name": "agent", "emptyDir": True, "mountPath": "/opt/agent"},
    ]
    own = len(pod_spec({})["volumes"])
    assert pod_spec({"volumes": volumes})["volumes"][own:] == [
        {"name": "plugins", "secret": {"secretName": "plugins"}},
        {"name": "rules", "configMap": {"name": "rules"}},
        {"name": "agent", "emptyDir": {}},
    ]
    assert kafka_container({"volumes": volumes})["volumeMounts"][-2:] == [
        {"name": "plugins", "mountPath": "/opt/plugins", "readOnly": True},
        {"name": "agent", "mountPath": "/opt/agent"},
    ]


def test_a_variable_is_text_or_a_key_of_a_secret() -> None:
    env = [{"name": "REGION", "value": "north"}, {"name": "TOKEN", "secret": "tier", "key": "token"}]
    assert kafka_container({"env": env})["env"][-2:] == [
        {"name": "REGION", "value": "north"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "tier", "key": "token"}}},
    ]


def test_a_container_beside_kafka_gets_what_the_restricted_standard_asks_for() -> None:
    bound = {**SIDECAR, "name": "bound", "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}
    found = pod_spec({"sidecars": [SIDECAR, bound], "initContainers": [{**SIDECAR, "name": "first"}]})
    assert [one["name"] for one in found["containers"]] == ["kafka", "shipper", "bound"]
    (first,) = found["initContainers"]
    for one in (found["containers"][1], first):
        assert one["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        assert one["resources"] == SIDECAR["resources"]
    assert found["containers"][2]["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}


def test_kafkas_own_container_keeps_what_it_had() -> None:
    plain = kafka_container({})
    found = kafka_container({"sidecars": [SIDECAR], "env": [{"name": "A", "value": "b"}]})
    assert {**found, "env": found["env"][:-1]} == plain


def test_numbers_that_travelled_as_floats_change_no_digest() -> None:
    port = [{"containerPort": 9404}], [{"containerPort": 9404.0}]
    one, other = (broker({"sidecars": [{**SIDECAR, "ports": ports}]}) for ports in port)
    assert one == other


def test_a_component_reads_the_same_pod_out_of_its_arguments() -> None:
    pod = {
        "affinity": {"podAntiAffinity": {PREFERRED: [{"weight": 1, "podAffinityTerm": {"topologyKey": "rack"}}]}},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "volumes": [{"name": "plugins", "secret": "plugins", "mountPath": "/opt/plugins"}],
        "env": [{"name": "TOKEN", "secret": "tier", "key": "token"}],
        "sidecars": [{**SIDECAR, "livenessProbe": {"httpGet": {"port": 9404, "path": None}}}],
    }
    spec = cluster(changed(zookeeper_config(), "kafka/pod", pod))
    assert parse_cluster(cluster_args(spec)) == spec


@pytest.mark.parametrize(
    ("registry", "image"),
    [
        (None, "apache/kafka:3.9.2"),
        ("registry.example.com", "registry.example.com/apache/kafka:3.9.2"),
        ("localhost:5000/mirror", "localhost:5000/mirror/apache/kafka:3.9.2"),
    ],
)
def test_the_image_is_taken_from_another_registry(registry: str | None, image: str) -> None:
    base = zookeeper_config()
    spec = cluster(changed(base, "kafka/imageRegistry", registry) if registry else base)
    assert image_of(spec.kafka, "broker") == image

"""Bad input about who comes in over the network: each line breaks one rule, and gets one error with its path."""

from typing import Any

import pytest

from components.args import cluster_args
from components.service_args import services_args
from components.spec.parsing import parse_cluster
from components.spec.services.parsing import parse_services
from stacks.settings import parse_settings
from tests.spec.clusters import changed, kraft_config, zookeeper_config
from tests.spec.services import connect_config
from tests.stacks.test_settings import problems

# Each line: the section `networkPolicies`, the path below it that the error names, and what its text must say.
BAD_POLICIES: list[tuple[object, str, str]] = [
    (True, "", "an object"),
    ({"internl": []}, ".internl", "did you mean internal"),
    ({"internal": {"cidr": "192.0.2.0/24"}}, ".internal", "a list of objects"),
    ({"internal": ["192.0.2.0/24"]}, ".internal[0]", "an object"),
    ({"internal": [{}]}, ".internal[0]", "names nobody"),
    ({"internal": [{"namespaces": {}}]}, ".internal[0]", "an empty selector would be everybody"),
    ({"internal": [{"namespaces": {"a": "b"}}, {"pod": {"a": "b"}}]}, ".internal[1].pod", "did you mean pods"),
    ({"internal": [{"cidr": "192.0.2.0/24", "pods": {"a": "b"}}]}, ".internal[0]", "make two entries"),
    ({"internal": [{"cidr": "office"}]}, ".internal[0].cidr", "this is none"),
    ({"internal": [{"cidr": "192.0.2.0/33"}]}, ".internal[0].cidr", "this is none"),
    ({"internal": [{"cidr": "192.0.2.7"}]}, ".internal[0].cidr", "write 192.0.2.7/32"),
    ({"internal": [{"cidr": "192.0.2.7/24"}]}, ".internal[0].cidr", "write 192.0.2.0/24"),
    ({"internal": [{"cidr": "2001:DB8::/32"}]}, ".internal[0].cidr", "write 2001:db8::/32"),
    ({"internal": [{"pods": {"a": "b"}, "except": ["192.0.2.0/25"]}]}, ".internal[0].except", "add cidr"),
    ({"internal": [{"cidr": "192.0.2.0/24", "except": ["x"]}]}, ".internal[0].except", "this is none"),
    ({"internal": [{"cidr": "192.0.2.0/24", "except": "x"}]}, ".internal[0].except", "a list of strings"),
    ({"internal": [{"cidr": "192.0.2.0/24", "except": ["192.0.2.0/24"]}]}, ".internal[0].except", "no smaller part"),
    ({"internal": [{"cidr": "192.0.2.0/24", "except": ["192.0.3.0/25"]}]}, ".internal[0].except", "no smaller part"),
    ({"internal": [{"cidr": "192.0.2.0/24", "except": ["2001:db8::/64"]}]}, ".internal[0].except", "no smaller part"),
    ({"internal": [{"pods": {"a/b/c": "x"}}]}, ".internal[0].pods.a/b/c", "DNS prefix"),
    ({"internal": [{"namespaces": {"team": "the streams"}}]}, ".internal[0].namespaces.team", "refuse the policy"),
    ({"external": []}, ".external", "nobody would reach"),
    ({"external": [{"cidr": ""}]}, ".external[0].cidr", "not empty"),
]


@pytest.mark.parametrize(("section", "path", "text"), BAD_POLICIES)
def test_what_cannot_be_is_one_error_with_its_path(section: object, path: str, text: str) -> None:
    (problem,) = problems(changed(zookeeper_config(), "kafka/networkPolicies", section))
    assert problem.path == f"kafka-platform:kafka.networkPolicies{path}"
    assert text in str(problem)


def test_sources_of_external_listeners_need_such_a_listener() -> None:
    config: Any = kraft_config()
    for rack in config["kafka"]["racks"]:
        del rack["external"]
    (problem,) = problems(changed(config, "kafka/networkPolicies", {"external": [{"cidr": "192.0.2.0/24"}]}))
    assert problem.path == "kafka-platform:kafka.networkPolicies.external"
    assert "open a listener" in str(problem)


def test_clients_of_a_service_that_everybody_reaches_are_refused() -> None:
    (problem,) = problems(connect_config(clients=[{"pods": {"app": "console"}}]))
    assert problem.path == "kafka-platform:connect.clients"
    assert "write kafka-platform:kafka.networkPolicies: {}" in str(problem)


def test_what_was_read_is_read_again_from_the_arguments_of_a_component() -> None:
    peers = [{"cidr": "192.0.2.0/24", "except": ["192.0.2.0/25"]}, {"namespaces": {"a": "b"}, "pods": {"c": "d"}}]
    for section in ({}, {"internal": peers}, {"external": peers}):
        config = changed(connect_config(clients=peers), "kafka/networkPolicies", section)
        settings = parse_settings(config)
        assert parse_cluster(cluster_args(settings.cluster)) == settings.cluster
        args = services_args(settings.cluster, settings.services)
        assert parse_services(args) == (settings.cluster, settings.services)

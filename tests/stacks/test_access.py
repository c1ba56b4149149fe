"""A stack with TLS: who makes the certificates, before whom, and which issue restarts the nodes."""

from typing import Any

import pytest

from stacks.deploy import deploy
from stacks.settings import parse_settings
from tests.components.engine import Recording, record
from tests.spec.clusters import kraft_config
from tests.spec.test_access import KRAFT, secured

ISSUER = {"name": "company"}


def deployed(config: dict[str, Any], issue: str | None = None) -> Recording:
    """Return what a stack registers when the preflight finds this issue in use."""
    return record(lambda: deploy(parse_settings(config), lambda spec, at: issue))


def causes(made: Recording, hook: str) -> list[str]:
    return [pool["causes"]["certificates"] for pool in made.of(hook)[0].inputs["pools"]]


def test_generated_certificates_are_there_before_the_first_pod_and_no_key_is_an_input() -> None:
    made = deployed(KRAFT)
    (hook,) = made.of(":Certificates")
    for one in made.of(":StatefulSet"):
        assert hook.urn in made.before(one)
    assert hook.inputs["issue"] == "1"
    assert hook.inputs["certificates"]["nodesSubject"] == "CN=kafka-nodes"
    assert "PRIVATE" not in str([one.inputs for one in made.registrations])


def test_the_issue_that_the_preflight_found_reaches_hook_and_pods() -> None:
    first, second = deployed(KRAFT, "1"), deployed(KRAFT, "2")
    assert second.of(":Certificates")[0].inputs["issue"] == "2"
    for hook in (":Brokers", ":Ensemble"):
        assert all(a != b for a, b in zip(causes(first, hook), causes(second, hook), strict=True))


@pytest.mark.parametrize(
    ("tls", "objects"),
    [
        ({"source": "secrets", "nodesSecret": "n", "adminSecret": "a"}, []),
        (
            {"source": "cert-manager", "issuer": ISSUER},
            ["streams/kafka-admin-tls", "streams/kafka-nodes-tls"],
        ),
    ],
)
def test_certificates_of_others_are_asked_for_or_taken(tls: dict[str, Any], objects: list[str]) -> None:
    made = deployed(secured(kraft_config(), tls=tls))
    assert made.of(":Certificates") == []
    assert sorted(one.name for one in made.of(":Certificate")) == objects


def test_a_stack_without_tls_has_nothing_of_it() -> None:
    made = deployed(kraft_config(), None)
    assert not made.of(":Certificates") and not made.of(":Certificate")
    assert "issue" not in str(made.of(":Brokers")[0].inputs)

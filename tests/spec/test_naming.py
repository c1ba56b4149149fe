"""The names that Kubernetes refuses are refused before it is asked."""

import pytest

from components.spec.naming import is_host, is_label, is_label_value, is_service_name


@pytest.mark.parametrize("name", ["a", "kafka", "a-b", "9a", "a" * 63])
def test_a_dns_label_is_taken(name: str) -> None:
    assert is_label(name)


@pytest.mark.parametrize("name", ["", "A", "a_b", "a.b", "-a", "a-", "a" * 64, "ä", "a\n"])
def test_what_is_no_dns_label_is_refused(name: str) -> None:
    assert not is_label(name)


def test_a_service_begins_with_a_letter() -> None:
    assert is_service_name("k9") and not is_service_name("9k")


@pytest.mark.parametrize(("text", "taken"), [("eu-central-1a", True), ("A.b_c", True), ("a b", False), ("", False)])
def test_a_zone_is_a_label_value(text: str, taken: bool) -> None:
    assert is_label_value(text) is taken


@pytest.mark.parametrize(
    ("text", "taken"),
    [("192.0.2.1", True), ("broker.example.com", True), ("host:9092", False), ("a,b", False), ("", False)],
)
def test_an_advertised_host_has_no_port(text: str, taken: bool) -> None:
    assert is_host(text) is taken

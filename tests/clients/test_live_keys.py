"""Claims about live keys on Kafka's wire: which broker is asked, what of its answer is kept, how refusals come back."""

from collections.abc import Callable
from typing import Any

import pytest
from kafka.protocol.admin import DescribeConfigsResponse, IncrementalAlterConfigsResponse

from hooks.clients.live_keys import KafkaBrokerKeys
from hooks.interfaces import NotYet
from hooks.planner.live_keys import KeyRequest, ObservedKey
from hooks.planner.snapshot import NodeId
from tests.clients.test_administration import Client, wire

SYNONYM = DescribeConfigsResponse.DescribeConfigsResult.DescribeConfigsResourceResult.DescribeConfigsSynonym
ENTRY = DescribeConfigsResponse.DescribeConfigsResult.DescribeConfigsResourceResult
INT, LONG, STRING = 3, 5, 2


class Brokers(Client):
    """Two brokers, one of them fenced away."""

    def describe_cluster(self) -> dict[str, Any]:
        return {"brokers": [{"broker_id": 1000, "is_fenced": False}, {"broker_id": 2000, "is_fenced": True}]}


def entry(name: str, value: str | None, kind: int, *levels: tuple[int, str | None, str], secret: bool = False) -> Any:
    """Return one key of an answer, with the value at each level and the name that the level knows it by."""
    synonyms = [SYNONYM(source=source, value=text, name=called) for source, text, called in levels]
    return ENTRY(
        name=name,
        value=value,
        read_only=False,
        config_source=levels[0][0],
        is_sensitive=secret,
        synonyms=synonyms,
        config_type=kind,
        documentation=None,
    )


def described(*entries: Any, error: int = 0) -> Any:
    """Return the answer of one broker."""
    result = DescribeConfigsResponse.DescribeConfigsResult(
        error_code=error, error_message=None, resource_type=4, resource_name="1000", configs=list(entries)
    )
    return wire(DescribeConfigsResponse(throttle_time_ms=0, results=[result]), 4)


def refusing(code: int) -> Callable[[], Any]:
    """Return an answer to a change."""
    result = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse(
        error_code=code, error_message="too many" if code else None, resource_type=4, resource_name=""
    )
    return lambda: wire(IncrementalAlterConfigsResponse(throttle_time_ms=0, responses=[result]), 1)


def test_a_broker_describes_itself_and_its_levels_are_told_apart() -> None:
    client = Brokers(
        described(
            entry("num.io.threads", "6", INT, *((2, "6", "num.io.threads"), (3, "5", "num.io.threads"))),
            entry("message.max.bytes", "9", INT, (4, "9", "message.max.bytes"), (5, "8", "message.max.bytes")),
            entry("log.retention.ms", None, LONG, (5, "168", "log.retention.hours")),
            entry("log.dirs", "/data", STRING, (4, "/data", "log.dirs")),
        )
    )
    found = KafkaBrokerKeys(client).observe({"message.max.bytes", "log.retention.ms"})
    assert found == {
        NodeId(1000): {
            "num.io.threads": ObservedKey(value="6", own="6", shared="5", kind="int"),
            "message.max.bytes": ObservedKey(value="9", file="9", default="8", kind="int"),
            "log.retention.ms": ObservedKey(value=None, kind="long"),
        }
    }
    ((request, node),) = client.sent
    assert node == 1000 and request.include_synonyms and request.resources[0].resource_name == "1000"
    request.encode(version=4)


def test_what_is_secret_is_seen_to_be_overridden_and_not_read() -> None:
    name = "listener.name.x.ssl.key.password"
    client = Brokers(described(entry(name, None, 9, (2, None, name), secret=True)))
    found = KafkaBrokerKeys(client).observe(())[NodeId(1000)]
    assert found[name] == ObservedKey(value=None, own="[hidden]", kind="password")


def test_a_broker_that_does_not_describe_itself_is_not_seen() -> None:
    with pytest.raises(NotYet, match="broker 1000 does not describe itself: 1000: ClusterAuthorizationFailed"):
        KafkaBrokerKeys(Brokers(described(error=31))).observe(())


def test_an_override_of_all_goes_to_any_broker_and_that_of_one_to_itself() -> None:
    client = Brokers(refusing(0)())
    asked = [
        KeyRequest(key="num.io.threads", value="6"),
        KeyRequest(key="num.io.threads", value=None, node=NodeId(1000)),
    ]
    assert KafkaBrokerKeys(client).apply(asked) == ()
    (first, anywhere), (second, itself) = client.sent
    assert (anywhere, itself) == (None, 1000)
    assert [r.resources[0].resource_name for r in (first, second)] == ["", "1000"]
    changes = [r.resources[0].configs[0] for r in (first, second)]
    assert [(c.name, c.config_operation, c.value) for c in changes] == [
        ("num.io.threads", 0, "6"),
        ("num.io.threads", 1, None),
    ]
    assert not first.validate_only
    first.encode(version=1)


def test_a_check_changes_nothing_and_names_what_would_be_refused() -> None:
    client = Brokers(refusing(42)())
    (rejected,) = KafkaBrokerKeys(client).check([KeyRequest(key="num.io.threads", value="99")])
    assert str(rejected) == "num.io.threads: InvalidRequest: too many" and not rejected.soon
    assert client.sent[0][0].validate_only


def test_changes_of_one_resource_go_together_for_they_are_judged_together() -> None:
    client = Brokers(refusing(0)())
    asked = [KeyRequest(key=key, value=None) for key in ("message.max.bytes", "num.network.threads")]
    one = KeyRequest(key="num.io.threads", value="6", node=NodeId(1000))
    assert KafkaBrokerKeys(client).apply([asked[0], one, asked[1]]) == ()
    sent = [(node, [change.name for change in request.resources[0].configs]) for request, node in client.sent]
    assert sent == [(None, ["message.max.bytes", "num.network.threads"]), (1000, ["num.io.threads"])]


def test_changes_that_are_refused_together_have_an_answer_each() -> None:
    client = Brokers(refusing(42)())
    asked = [KeyRequest(key=key, value="9") for key in ("num.io.threads", "num.network.threads")]
    rejected = KafkaBrokerKeys(client).apply(asked)
    assert [rejection.name for rejection in rejected] == ["num.io.threads", "num.network.threads"]
    assert [len(request.resources[0].configs) for request, _ in client.sent] == [2, 1, 1]

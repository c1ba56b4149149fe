"""Kafka's own keys of a topic: what the table says of each line, and which broker keys stand behind them."""

import pytest

from components.spec.keys import lines_with
from components.spec.topic_keys import followed_by, lines_with_topic_key, topic_keys
from components.spec.versions import KAFKA_LINES


@pytest.mark.parametrize("line", KAFKA_LINES)
def test_every_line_has_a_whole_table(line: str) -> None:
    keys = topic_keys(line)
    assert len(keys) >= 31
    assert {"cleanup.policy", "retention.ms", "min.insync.replicas", "max.message.bytes"} <= set(keys)
    assert all(lines_with(name) for key in keys.values() for name in key.follows)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("retention.ms", "3.7", "4.3"),
        ("compression.zstd.level", "3.8", "4.3"),
        ("remote.log.copy.disable", "3.9", "4.3"),
        ("message.format.version", "3.7", "3.9"),
        ("message.downconversion.enable", "3.7", "3.9"),
        ("message.timestamp.difference.max.ms", "3.7", "3.9"),
    ],
)
def test_a_key_is_known_by_the_lines_that_have_it(name: str, first: str, last: str) -> None:
    lines = lines_with_topic_key(name)
    assert (lines[0], lines[-1]) == (first, last)


def test_a_range_is_that_of_the_line() -> None:
    assert [topic_keys(line)["segment.bytes"].valid for line in ("4.0", "4.1")] == ["14..", "1048576.."]


def test_a_broker_key_leads_to_the_key_of_a_topic_that_follows_it() -> None:
    for name, follower in (("log.retention.hours", "retention.ms"), ("message.max.bytes", "max.message.bytes")):
        key = followed_by(name, "4.3")
        assert key is not None and key.name == follower
    assert followed_by("num.io.threads", "4.3") is None

"""Claims about what never leaves this program."""

import pytest

from hooks.clients.redaction import MASK, redact


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("ssl.keystore.password = hunter2", "hunter2"),
        ('"password": "hunter2"', "hunter2"),
        ("KAFKA_SECRET=hunter2 started", "hunter2"),
        ("sasl.jaas.config = hunter2;", "hunter2"),
        ("at https://user:hunter2@host/path", "hunter2"),
        ("Authorization: Bearer hunter2hunter2", "hunter2"),
        ("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", "hunter2"),
        ("-----BEGIN PRIVATE KEY-----\nhunter2 cut off", "hunter2"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    masked = redact(text)
    assert secret not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "text",
    [
        "Invalid value x for configuration num.io.threads: Not a number of type INT",
        "ssl.keystore.password = [hidden]",
        "ssl.keystore.password = null",
        "broker 1000 restarts: config changed",
        "org.apache.kafka.common.config.ConfigException: Unknown topic min.insync.replicas=2",
    ],
)
def test_ordinary_lines_stay(text: str) -> None:
    assert redact(text) == text


def test_known_secrets_are_masked_wherever_they_stand() -> None:
    assert redact("joined as aXb by aXbc", ["aXb", "aXbc", ""]) == f"joined as {MASK} by {MASK}"

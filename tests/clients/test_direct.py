"""Logins of a client.properties, as Kafka's own tools read it; the clusters behind them are tested end to end."""

from pathlib import Path

import pytest

from hooks.__main__ import main
from hooks.clients.direct import login, read_properties
from hooks.interfaces import Refused


def test_a_properties_file_is_read_as_kafka_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "client.properties"
    file.write_text(
        "# a comment\n! another\n\nsecurity.protocol=SSL\nssl.a : b=c\nlong=one,\\\n   two\nempty=\nalone\n"
    )
    assert read_properties(file) == {
        "security.protocol": "SSL",
        "ssl.a": "b=c",
        "long": "one,two",
        "empty": "",
        "alone": "",
    }


def test_a_password_may_hold_quotes_and_keys_of_no_login_are_passed_over() -> None:
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    found = login(
        {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.jaas.config": f'{module} username="app" password="a\\"b=c;";',
            "client.id": "mine",
        }
    )
    assert found == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "app",
        "sasl_plain_password": 'a"b=c;',
    }


def test_a_store_in_pem_gives_authority_certificate_and_key(tmp_path: Path) -> None:
    store = tmp_path / "store.pem"
    store.write_text("")
    found = login(
        {
            "security.protocol": "SSL",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(store),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(store),
            "ssl.endpoint.identification.algorithm": "",
        }
    )
    assert {found["ssl_cafile"], found["ssl_certfile"], found["ssl_keyfile"]} == {str(store)}
    assert found["ssl_check_hostname"] is False


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"security.protocol": "TLS"}, "security.protocol is TLS"),
        ({"security.protocol": "SASL_SSL"}, "sasl.mechanism is GSSAPI"),
        ({"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}, "sasl.jaas.config has to hold"),
        ({"security.protocol": "SSL", "ssl.truststore.location": "/a.jks"}, "ssl.truststore.type is JKS; allowed: PEM"),
        (
            {"security.protocol": "SSL", "ssl.keystore.type": "PEM", "ssl.keystore.location": "/nowhere/a.pem"},
            "there is no file /nowhere/a.pem",
        ),
        ({"security.protocol": "SSL", "ssl.keystore.key": "-----"}, "ssl.keystore.key is not read"),
    ],
)
def test_a_login_that_cannot_be_used_is_refused_before_anybody_is_asked(properties: dict[str, str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        login(properties)


def test_the_command_names_the_file_and_the_brokers_that_do_not_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hooks.clients.direct._SECONDS", 0.2)
    asked = ["rebalance", "check", "--bootstrap", "127.0.0.1:1"]
    assert main([*asked, "--command-config", str(tmp_path / "none.properties")]) == 1
    assert "none.properties cannot be read" in capsys.readouterr().err
    assert main(asked) == 1
    assert "the brokers at 127.0.0.1:1 could not be asked" in capsys.readouterr().err

"""A cluster reached by its bootstrap addresses, as any client does, by commands that only look.

How to log in is what Kafka's own tools read: a properties file with `security.protocol`, `sasl.*` and `ssl.*`.
"""

import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from kafka.errors import KafkaError

from hooks.clients.admin import connect, newest, observed
from hooks.clients.placement import observed_placement
from hooks.clients.sockets import DIRECT
from hooks.interfaces import NotYet, Refused
from hooks.planner.reassignment.model import Placement

_PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
#: Keys of files, by the client's name for each.
_FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "ssl.truststore.location": ("ssl_cafile",),
    # Kafka keeps the key and the certificates of one store in one file.
    "ssl.keystore.location": ("ssl_certfile", "ssl_keyfile"),
}
_TYPES: Final = ("ssl.truststore.type", "ssl.keystore.type")
_LOGIN: Final = re.compile(r"(username|password)\s*=\s*\"((?:[^\"\\]|\\.)*)\"")
_SECONDS: Final = 30


def placement(bootstrap: str, properties: Mapping[str, str]) -> Placement:
    """Return who holds what. Raises Refused for a login that cannot be used, and NotYet when no broker answers."""
    settings = {
        **login(properties),
        "bootstrap_servers": bootstrap.split(","),
        "proxy_url": f"{DIRECT}://",
        "client_id": "kafka-platform-hooks",
        "request_timeout_ms": _SECONDS * 1000,
        "bootstrap_timeout_ms": _SECONDS * 1000,
    }
    try:
        with closing(connect(settings)) as client:
            state = observed(client)
            serving = sorted(int(broker.id) for broker in state.brokers if not broker.fenced)
            return observed_placement(state, newest(client).answer["topics"], client.describe_log_dirs(brokers=serving))
    except (KafkaError, OSError, RuntimeError, LookupError, ValueError) as error:
        why = f"{type(error).__name__}: {error}; check the addresses, and the login of --command-config"
        raise NotYet(f"the brokers at {bootstrap} could not be asked: {why}") from None


def read_properties(file: Path) -> dict[str, str]:
    """Return the keys of a properties file; lines may be continued by a backslash. Raises Refused."""
    try:
        text = re.sub(r"\\\r?\n[ \t]*", "", file.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            (f"{file} cannot be read: {error}", "name the client.properties that Kafka's tools get")
        ) from None
    lines = (line.strip() for line in text.splitlines())
    pairs = (re.split(r"\s*[=:]\s*", line, maxsplit=1) for line in lines if line and line[0] not in "#!")
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


def login(properties: Mapping[str, str]) -> dict[str, Any]:
    """Return the client's settings for a login. Raises Refused with all that cannot be used, and repeats no secret."""
    problems: list[str] = []
    protocol = properties.get("security.protocol", "PLAINTEXT").upper()
    if protocol not in _PROTOCOLS:
        problems.append(f"security.protocol is {protocol}; allowed: {', '.join(_PROTOCOLS)}")
    settings: dict[str, Any] = {"security_protocol": protocol}
    if protocol.startswith("SASL"):
        settings |= _sasl(properties, problems)
    if protocol.endswith("SSL"):
        settings |= _ssl(properties, problems)
    if problems:
        raise Refused((*problems, "nothing was asked; correct the file of --command-config"))
    return settings


def _sasl(properties: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    mechanism = properties.get("sasl.mechanism", "GSSAPI").upper()
    found = {
        name: re.sub(r"\\(.)", r"\1", text) for name, text in _LOGIN.findall(properties.get("sasl.jaas.config", ""))
    }
    if mechanism not in _MECHANISMS:
        problems.append(f"sasl.mechanism is {mechanism}; allowed: {', '.join(_MECHANISMS)}")
    elif len(found) < len(("username", "password")):
        problems.append('sasl.jaas.config has to hold username="..." and password="..."')
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": found.get("username"),
        "sasl_plain_password": found.get("password"),
    }


def _ssl(properties: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "ssl_check_hostname": properties.get("ssl.endpoint.identification.algorithm", "https") != "",
        "ssl_password": properties.get("ssl.key.password"),
    }
    for key in _TYPES:
        location = key.replace("type", "location")
        if location in properties and properties.get(key, "JKS").upper() != "PEM":
            problems.append(
                f"{key} is {properties.get(key, 'JKS')}; allowed: PEM. Export the store with keytool and openssl"
            )
    for key, names in _FILES.items():
        if key in properties:
            settings |= dict.fromkeys(names, properties[key])
            if not Path(properties[key]).is_file():
                problems.append(f"{key}: there is no file {properties[key]}")
    problems += [
        f"{key} is not read; write PEM into a file, and name it in {key.rpartition('.')[0]}.location"
        for key in ("ssl.truststore.certificates", "ssl.keystore.certificate.chain", "ssl.keystore.key")
        if key in properties
    ]
    return settings

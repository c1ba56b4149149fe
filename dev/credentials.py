"""What a client of a stack's brokers must show, read from the Secrets of the cluster and held in memory only."""

import json
import subprocess
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from contract import TLS_AUTHORITY, TLS_CERTIFICATE, TLS_KEY, admin_secret
from dev.stack import Stack, StackError

Credentials = Mapping[str, str]
"""Settings of confluent-kafka."""


def administrator(stack: Stack) -> Credentials:
    """Return how to connect as the hooks do: by their certificate, or in plain text where there are none."""
    kafka: Mapping[str, Any] = stack.config.get("kafka-platform:kafka") or {}
    tls: Mapping[str, Any] | None = kafka.get("tls")
    if tls is None:
        return {}
    held = secret(stack, tls.get("adminSecret") or admin_secret(str(kafka["name"])))
    return certified(held[TLS_CERTIFICATE], held[TLS_KEY], held[TLS_AUTHORITY])


def certified(certificate: str, key: str, authority: str) -> Credentials:
    """Return how to connect by a certificate, each part in PEM."""
    return {
        "security.protocol": "SSL",
        "ssl.ca.pem": authority,
        "ssl.certificate.pem": certificate,
        "ssl.key.pem": key,
    }


def scram(user: str, password: str, authority: str) -> Credentials:
    """Return how to connect by user and password over TLS."""
    return {
        "security.protocol": "SASL_SSL",
        "ssl.ca.pem": authority,
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": password,
    }


def secret(stack: Stack, name: str) -> dict[str, str]:
    """Return the content of a Secret in the stack's namespace."""
    done = subprocess.run(
        stack.kubectl(["get", "secret", name, "-o", "json"]), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StackError(f"Secret {name} of stack {stack.name!r} cannot be read: {done.stderr.strip()}")
    return {key: b64decode(value).decode() for key, value in json.loads(done.stdout)["data"].items()}

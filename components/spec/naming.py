"""The names that Kubernetes and Kafka accept, and how long ours may become once everything is put together."""

import re
from typing import Final

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LABEL_KEY: Final = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_HOST: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?")
_TOPIC: Final = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_REGISTRY: Final = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d+)?(/[a-z0-9]([-a-z0-9._]*[a-z0-9])?)*")

LABEL_LENGTH: Final = 63
#: A StatefulSet's pods carry `<name>-<10 characters>` as a label value.
WORKLOAD_LENGTH: Final = LABEL_LENGTH - 11

LABEL_RULE: Final = "lower-case letters, digits and hyphens, a letter or digit at both ends, at most 63 characters"
TOPIC_RULE: Final = "1 to 249 letters, digits, dots, underscores and hyphens, but not . or .. alone"
SERVICE_RULE: Final = "lower-case letters, digits and hyphens, a letter first, no hyphen last, at most 63 characters"
LABEL_VALUE_RULE: Final = "letters, digits, '-', '_' and '.', a letter or digit at both ends, at most 63 characters"
LABEL_KEY_RULE: Final = "an optional DNS prefix and a slash, then at most 63 letters, digits, '-', '_' and '.'"
HOST_RULE: Final = "a host name or an IPv4 address, without a port"


def is_label(name: str) -> bool:
    """Tell whether Kubernetes takes the name for a namespace or a part of a DNS name (RFC 1123)."""
    return len(name) <= LABEL_LENGTH and _LABEL.fullmatch(name) is not None


def is_service_name(name: str) -> bool:
    """Tell whether Kubernetes takes the name for a Service (RFC 1035: a letter first)."""
    return len(name) <= LABEL_LENGTH and _SERVICE.fullmatch(name) is not None


def is_object_name(name: str) -> bool:
    """Tell whether Kubernetes takes the name for an object such as a Secret (a DNS subdomain)."""
    return len(name) <= 253 and all(is_label(part) for part in name.split("."))


def is_topic(name: str) -> bool:
    """Tell whether Kafka takes the name for a topic."""
    return name not in {".", ".."} and _TOPIC.fullmatch(name) is not None


def is_label_value(text: str) -> bool:
    """Tell whether Kubernetes takes the text as the value of a label, as a zone is."""
    return len(text) <= LABEL_LENGTH and _LABEL_VALUE.fullmatch(text) is not None


def is_label_key(text: str) -> bool:
    """Tell whether Kubernetes takes the text as the key of a label or an annotation."""
    return _LABEL_KEY.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """Tell whether a host is given by its IPv4 address."""
    return _ADDRESS.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Tell whether the text can be an advertised host."""
    return len(text) <= 253 and _HOST.fullmatch(text) is not None


def is_registry(text: str) -> bool:
    """Tell whether an image's name can begin so: a registry, with its port and a path in it."""
    return _REGISTRY.fullmatch(text) is not None

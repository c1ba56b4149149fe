"""Take secrets out of text before anybody sees it: logs of pods, events, errors, progress.

Pulumi masks only the secrets of the stack's own configuration, so what comes out of the cluster is masked here.
"""

import re
from collections.abc import Iterable

MASK = "[redacted]"

_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL)
_URL_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+(?=@)")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_ASSIGNMENT = re.compile(
    r"""(?ix)
    (?P<name>[\w.-]*(?:passw(?:or)?d|secret|token|credential|private[_.-]?key|jaas[_.-]?config|api[_.-]?key)[\w.-]*["']?
    \s*[=:]\s*)
    (?P<value>"[^"]*"|'[^']*'|[^\s,;]+)
    """
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text with known secrets, key blocks, credentials in URLs and values of secret-like keys masked."""
    for secret in sorted((s for s in secrets if s), key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _PEM.sub(MASK, text)
    text = _URL_CREDENTIALS.sub(MASK, text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    return _ASSIGNMENT.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    """Mask a value, unless it is the mask of Kafka itself or no value at all."""
    if match["value"].lower() in {"[hidden]", MASK, "null", "none", "[]", "''", '""'}:
        return match[0]
    return match["name"] + MASK

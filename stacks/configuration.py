"""Reads the whole configuration of the running stack, so that a key which nobody asks for is found as well."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from pulumi.runtime import get_config_env, get_config_secret_keys_env

from stacks.settings import PROJECT

#: Plain text; every other key holds JSON.
_TEXT: Final = frozenset({"namespace"})


def stack_configuration() -> dict[str, object]:
    """Return the stack's configuration by key, without the project's prefix."""
    return decode(cast(Mapping[str, str], get_config_env()))


def secret_keys() -> frozenset[str]:
    """Return the keys of the stack's configuration that hold a secret, without the project's prefix."""
    return frozenset(
        key.removeprefix(f"{PROJECT}:") for key in get_config_secret_keys_env() if key.startswith(f"{PROJECT}:")
    )


def beside_the_stack(name: str) -> str:
    """Return the text of a file in the folder of the stack files. Raises OSError or UnicodeDecodeError."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def decode(config: Mapping[str, str]) -> dict[str, object]:
    """Return the project's own keys with their values decoded; what is no JSON stays text, and is refused later."""
    prefix = f"{PROJECT}:"
    return {
        key.removeprefix(prefix): _decoded(key.removeprefix(prefix), text)
        for key, text in sorted(config.items())
        if key.startswith(prefix)
    }


def _decoded(key: str, text: str) -> object:
    if key in _TEXT:
        return text
    try:
        return cast(object, json.loads(text))
    except (ValueError, RecursionError):
        return text

"""Websockets to the API server."""

from typing import Any

from kubernetes.client import Configuration

def websocket_proxycare(
    connect_opt: dict[str, Any], configuration: Configuration, url: str | None, headers: dict[str, str] | None
) -> dict[str, Any]: ...

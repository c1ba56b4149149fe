"""What the hooks' resources share: how a resource learns its own URN, and the base of their providers."""

import importlib
import threading
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, ConfigureRequest, ResourceProvider

from hooks.providers.wire import Wire, coerced, connection


class HookProvider(ResourceProvider):
    """Base of the hooks' providers: no state, pickled by reference, readable in the stack's state."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:  # noqa: ARG002
        """Begin to import the clients: while the program still registers resources, the time costs nothing."""
        threading.Thread(target=importlib.import_module, args=["hooks.connect"], daemon=True).start()

    def check(self, _olds: Wire, news: Wire) -> CheckResult:
        """Give whole numbers their type back; the program has validated everything else."""
        return CheckResult(coerced(news), [])

    @staticmethod
    def name(props: Wire, *parts: str) -> str:
        """Return the resource's deterministic id."""
        at = connection(props)
        return "/".join((at.namespace, at.cluster, *parts))


def own_urn(kind: str, name: str, opts: pulumi.ResourceOptions | None) -> str:
    """Compose the URN that the engine will give a hook: a dynamic provider is never told, and needs it to log.

    Empty, hence the stack's row, for a hook with a parent.
    """
    if opts is not None and opts.parent is not None:
        return ""
    return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::pulumi-python:dynamic/kafka:{kind}::{name}"


def inputs(args: Any, urn: str, **outputs: None) -> dict[str, Any]:
    """Return the properties of a resource: its inputs, its own URN and its outputs, which are seeded with nothing."""
    return {**args, **outputs, "ownUrn": urn}

"""One recording engine: it takes every registration as the real one would and keeps it whole, options included."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource, as a program asked for it."""

    urn: str
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    dependencies: frozenset[str]
    ignore_changes: tuple[str, ...]
    retain_on_delete: bool
    delete_before_replace: bool
    provider: str
    secret_inputs: frozenset[str]
    secret_outputs: frozenset[str]
    order: int
    """How many were registered before."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """All that a program registered, in order."""

    registrations: tuple[Registration, ...]

    def of(self, kind: str) -> list[Registration]:
        """Return the registrations whose type ends so, such as `:StatefulSet`."""
        return [one for one in self.registrations if one.type.endswith(kind)]

    def one(self, kind: str, name: str) -> Registration:
        """Return the registration of that type and name."""
        (found,) = [one for one in self.of(kind) if one.name == name]
        return found

    def before(self, later: Registration) -> set[str]:
        """Return the URNs of all that a registration waits for, directly or not, and so outlives in a destroy."""
        known = {one.urn: one for one in self.registrations}
        waiting, seen = [later.urn], set[str]()
        while waiting:
            one = known[waiting.pop()]
            # A child begins after its parent, and a parent after what it depends on.
            for urn in (*one.dependencies, one.parent, _provider_urn(one)):
                if urn in known and urn not in seen:
                    seen.add(urn)
                    waiting.append(urn)
        return seen


class _Nothing(Mocks):
    """Returns what was put in, with an id."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: object) -> tuple[dict[Any, Any], None]:
        return {}, None


class _Recorder(MockMonitor):
    """Keeps the raw requests, which hold the options that the mocks never see."""

    def __init__(self) -> None:
        super().__init__(_Nothing())
        self.kept: list[Registration] = []

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the URN with the whole chain of types, as the engine does."""
        above = parent.split("::")[2] if parent else ""
        # The stack is everyone's ancestor and no part of the chain.
        chain = f"{above}${type_}" if above not in ("", "pulumi:pulumi:Stack") else type_
        return f"urn:pulumi:test::kafka-platform::{chain}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  (the name of the engine's call)
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.kept.append(
                Registration(
                    urn=response.urn,
                    type=request.type,
                    name=request.name,
                    parent=request.parent,
                    inputs=rpc.deserialize_properties(request.object),
                    dependencies=frozenset(request.dependencies),
                    ignore_changes=tuple(request.ignoreChanges),
                    retain_on_delete=request.retainOnDelete,
                    delete_before_replace=request.deleteBeforeReplace,
                    provider=request.provider,
                    secret_inputs=frozenset(key for key, value in request.object.fields.items() if _is_secret(value)),
                    secret_outputs=frozenset(request.additionalSecretOutputs),
                    order=len(self.kept),
                )
            )
        return response


def record(program: Callable[[], object], *, preview: bool = False) -> Recording:
    """Run a program against the recording engine and return what it registered."""
    recorder = _Recorder()
    pulumi.runtime.set_mocks(_Nothing(), project="kafka-platform", stack="test", preview=preview, monitor=recorder)

    @pulumi.runtime.test
    def run() -> None:
        program()

    run()
    return Recording(registrations=tuple(recorder.kept))


def _is_secret(value: Any) -> bool:
    """Tell whether a property goes to the engine as a secret."""
    return rpc._special_sig_key in value.struct_value.fields


def _provider_urn(one: Registration) -> str:
    return one.provider.rpartition("::")[0]

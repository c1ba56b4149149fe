"""An engine for the component package: it starts the host, asks for components and keeps what they register."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from pulumi.runtime.proto import errors_pb2, provider_pb2, resource_pb2, status_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorServicer, add_ResourceMonitorServicer_to_server

from tests.contracts.engine import PROJECT, SECONDS, Engine

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""What makes an object of the wire a secret."""


class Monitor(ResourceMonitorServicer):
    """Takes every registration, as the engine does, and keeps it."""

    def __init__(self) -> None:
        """Listen on a free port, with nothing registered."""
        self.registered: list[Any] = []
        self._server = grpc.server(ThreadPoolExecutor(max_workers=8))
        add_ResourceMonitorServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.stop(0).wait()

    def SupportsFeature(  # noqa: N802
        self, request: Any, context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        """Know secrets and outputs on the wire, and nothing that would need more calls."""
        known = {"secrets", "resourceReferences", "outputValues"}
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in known)

    def RegisterResource(  # noqa: N802
        self, request: Any, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        """Keep a resource, and answer with its URN."""
        self.registered.append(request)
        urn = f"urn:pulumi:test::consumer::{request.type}::{request.name}"
        return resource_pb2.RegisterResourceResponse(urn=urn, id=request.name, object=request.object)

    def RegisterResourceOutputs(  # noqa: N802
        self, request: Any, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Take the outputs of a component."""
        return empty_pb2.Empty()

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the inputs of what was registered, by name, for types that end so."""
        return {each.name: MessageToDict(each.object) for each in self.registered if each.type.endswith(kind)}


class Refused(Exception):
    """The host refused the inputs of a component."""

    def __init__(self, message: str, reasons: Mapping[str, str]) -> None:
        """Keep the message, and the reasons by path."""
        super().__init__(message)
        self.reasons = reasons


class Package:
    """The host of the package, spoken to over its own wire."""

    def __init__(self, stub: ResourceProviderStub, monitor: Monitor) -> None:
        """Speak to a host that runs."""
        self._stub = stub
        self.monitor = monitor

    def schema(self) -> str:
        """Return the schema as the host gives it."""
        return self._stub.GetSchema(provider_pb2.GetSchemaRequest(), timeout=SECONDS).schema

    def construct(self, kind: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Make a component and return its state; raise Refused when its inputs are."""
        request = provider_pb2.ConstructRequest(
            project="consumer",
            stack="test",
            monitorEndpoint=f"127.0.0.1:{self.monitor.port}",
            type=f"kafka-platform:index:{kind}",
            name=name,
            inputs=ParseDict(dict(inputs), struct_pb2.Struct()),
        )
        try:
            return MessageToDict(self._stub.Construct(request, timeout=SECONDS).state)
        except grpc.RpcError as error:
            raise _refusal(error) from error


@contextmanager
def package_host(consumer: Path) -> Iterator[Package]:
    """Run the package from the folder of a program that uses it, as the engine does."""
    engine, monitor = Engine(), Monitor()
    command = [sys.executable, "-u", str(PROJECT / "components"), f"127.0.0.1:{engine.port}"]
    with subprocess.Popen(command, cwd=consumer, env={**os.environ}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        channel = grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}")
        try:
            yield Package(ResourceProviderStub(channel), monitor)
        finally:
            channel.close()
            process.kill()
            monitor.stop()
            engine.stop()


def _refusal(error: Any) -> Exception:
    """Return the refusal that an error of the wire carries, or the error itself when it carries none."""
    found = dict(error.trailing_metadata()).get("grpc-status-details-bin")
    if error.code() is not grpc.StatusCode.INVALID_ARGUMENT or found is None:
        return error
    status, reasons = status_pb2.Status.FromString(found), errors_pb2.InputPropertiesError()
    for detail in status.details:
        detail.Unpack(reasons)
    return Refused(status.message, {each.property_path: each.reason for each in reasons.errors})

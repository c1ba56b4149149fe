"""A Pulumi engine for one dynamic provider process: it starts it as the CLI does, drives it and keeps what it logs."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, provider_pb2
from pulumi.runtime.proto.engine_pb2_grpc import EngineServicer, add_EngineServicer_to_server
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

PROJECT = Path(__file__).resolve().parent.parent.parent
SECONDS = 60


class Engine(EngineServicer):
    """Keeps every line that a provider logs."""

    def __init__(self) -> None:
        """Listen on a free port, with no lines yet."""
        self.lines: list[engine_pb2.LogRequest] = []
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4))
        add_EngineServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        """Listen no more. Idempotent."""
        self._server.stop(0).wait()

    def Log(  # noqa: N802
        self, request: engine_pb2.LogRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Keep a line."""
        self.lines.append(request)
        return empty_pb2.Empty()


class DynamicProcess:
    """The provider process, spoken to over its own wire."""

    def __init__(
        self, stub: ResourceProviderStub, engine: Engine, process: "subprocess.Popen[bytes]", stderr: Path
    ) -> None:
        """Speak to a process that runs."""
        self.engine = engine
        self._stub = stub
        self._process = process
        self._stderr = stderr

    def lose_engine(self) -> None:
        """End the engine as a kill would end it."""
        self.engine.stop()

    def ended(self) -> int:
        """Wait for the end of the process and return its exit code."""
        return self._process.wait(timeout=SECONDS)

    @property
    def stderr(self) -> str:
        """What the process has written there."""
        return self._stderr.read_text()

    def check(self, provider: ResourceProvider, olds: Any, news: Any) -> dict[str, Any]:
        """Check inputs and return them as the provider wants them."""
        request = provider_pb2.CheckRequest(olds=_wire(provider, olds), news=_wire(provider, news))
        return _plain(self._stub.Check(request, timeout=SECONDS).inputs)

    def diff(self, provider: ResourceProvider, olds: Any, news: Any) -> provider_pb2.DiffResponse:
        """Compare old outputs with new inputs."""
        request = provider_pb2.DiffRequest(id="id", olds=_wire(provider, olds), news=_wire(provider, news))
        return self._stub.Diff(request, timeout=SECONDS)

    def create(self, provider: ResourceProvider, props: Any) -> tuple[str, dict[str, Any]]:
        """Create, and return the id and the outputs."""
        answer = self._stub.Create(provider_pb2.CreateRequest(properties=_wire(provider, props)), timeout=SECONDS)
        return answer.id, _plain(answer.properties)

    def update(self, provider: ResourceProvider, olds: Any, news: Any) -> dict[str, Any]:
        """Update, and return the outputs."""
        request = provider_pb2.UpdateRequest(id="id", olds=_wire(provider, olds), news=_wire(provider, news))
        return _plain(self._stub.Update(request, timeout=SECONDS).properties)

    def read(self, provider: ResourceProvider, props: Any) -> tuple[str, dict[str, Any]]:
        """Refresh, and return the id and the outputs."""
        request = provider_pb2.ReadRequest(id="id", properties=_wire(provider, props))
        answer = self._stub.Read(request, timeout=SECONDS)
        return answer.id, _plain(answer.properties)

    def delete(self, provider: ResourceProvider, props: Any) -> None:
        """Delete."""
        self._stub.Delete(provider_pb2.DeleteRequest(id="id", properties=_wire(provider, props)), timeout=SECONDS)


@contextmanager
def dynamic_process(folder: Path) -> Iterator[DynamicProcess]:
    """Run the provider process from the project's root, as the plugin's shim does, with an engine to log to."""
    engine = Engine()
    stderr = folder / "stderr"
    command = [sys.executable, "-u", "-m", "pulumi.dynamic", f"127.0.0.1:{engine.port}"]
    environment = {**os.environ, "PULUMI_PROJECT": "kafka-platform"}
    with (
        stderr.open("wb") as errors,
        subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        assert process.stdout is not None
        channel = grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}")
        stub = ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest(), timeout=SECONDS)
        try:
            yield DynamicProcess(stub, engine, process, stderr)
        finally:
            channel.close()
            process.kill()
            engine.stop()


def serialized(provider: ResourceProvider) -> str:
    """Return what is written into the state for this provider."""
    return serialize_provider(provider)


def _wire(provider: ResourceProvider, props: Any) -> struct_pb2.Struct:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties({**props, "__provider": serialized(provider)}, {}))
    finally:
        loop.close()


def _plain(properties: struct_pb2.Struct) -> dict[str, Any]:
    found = dict(rpc.deserialize_properties(properties, keep_unknowns=True))
    found.pop("__provider", None)
    return found

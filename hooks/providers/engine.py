"""What the user sees of a hook, through the engine's own log: live status, lines that stay, and one clear error.

A dynamic provider has no logger of its own in the SDK; the engine's address is its first argument. When the engine is
gone, the run must stop after its present step, so a failed call raises EngineLost. Without an engine it prints.
"""

import inspect
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache

import grpc
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.proto.engine_pb2_grpc import EngineStub

from hooks.clients.redaction import redact
from hooks.interfaces import EngineLost, HookError

_SECONDS = 10.0
Log = Callable[[engine_pb2.LogRequest], None]


class HookFailed(Exception):
    """A hook's failure as the engine gets it: the message alone, without a traceback."""


class EngineProgress:
    """`hooks.interfaces.Progress` on the row of one resource."""

    def __init__(self, urn: str, log: Log | None = None) -> None:
        """Show lines on the row of this URN, or on the stack's when it is empty."""
        self._urn = urn
        self._log = log or _engine_log() or _print

    def status(self, message: str) -> None:
        """Show a live line that the next one replaces."""
        self._send(engine_pb2.INFO, message, ephemeral=True)

    def info(self, message: str) -> None:
        """Show a line that stays."""
        self._send(engine_pb2.INFO, message)

    def warn(self, message: str) -> None:
        """Show a warning that stays."""
        self._send(engine_pb2.WARNING, message)

    def _send(self, severity: "engine_pb2.LogSeverity.ValueType", message: str, *, ephemeral: bool = False) -> None:
        request = engine_pb2.LogRequest(severity=severity, message=redact(message), urn=self._urn, ephemeral=ephemeral)
        try:
            self._log(request)
        except (grpc.RpcError, OSError, ValueError) as error:
            raise EngineLost(f"the Pulumi engine is gone: {type(error).__name__}") from None


class _Operations:
    """The operations of this process that are under way."""

    def __init__(self) -> None:
        """Begin with none."""
        self._under_way = 0
        self._engine_lost = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Count one."""
        with self._lock:
            self._under_way += 1

    def end(self, error: HookError | None) -> None:
        """Count one less. After the last one of an engine that is gone the process ends: nobody else would end it."""
        with self._lock:
            self._under_way -= 1
            self._engine_lost |= isinstance(error, EngineLost)
            if not self._under_way and _engine_log() is not None and (self._engine_lost or not _engine_listens()):
                os._exit(1)


_OPERATIONS = _Operations()


@contextmanager
def one_clear_error() -> Generator[None]:
    """Let a hook's own errors reach the user as their message and nothing else; other errors keep their traceback."""
    _quiet_tracebacks()
    _OPERATIONS.begin()
    failed: HookError | None = None
    try:
        yield
    except HookError as error:
        failed = error
        message = redact(str(error))
        answer = _answer_under_way()
        if answer is not None:
            # Said here, since grpc would put "Exception calling application: " before it.
            answer.set_details(message)
        raise HookFailed(message) from None
    finally:
        _OPERATIONS.end(failed)


@cache
def _engine_log() -> Log | None:
    """Return the way to the engine that started this process, None outside of one."""
    if len(sys.argv) < 2 or not sys.argv[0].endswith("pulumi/dynamic/__main__.py"):
        return None
    stub = EngineStub(grpc.insecure_channel(sys.argv[1]))

    def log(request: engine_pb2.LogRequest) -> None:
        stub.Log(request, timeout=_SECONDS)  # pyright: ignore[reportUnknownMemberType]

    return log


def _engine_listens() -> bool:
    """Return whether anybody listens at the engine's address: a run that said nothing has not noticed that it went."""
    host, _, port = sys.argv[1].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_SECONDS).close()
    except ConnectionRefusedError:
        return False
    except (OSError, ValueError):
        return True
    return True


def _print(request: engine_pb2.LogRequest) -> None:
    """Show a line without an engine."""
    print(request.message, flush=True)


def _answer_under_way() -> grpc.ServicerContext | None:
    """Return the answer to the call under way: the SDK keeps it from its providers, but one of our callers has it."""
    frame = inspect.currentframe()
    while frame is not None:
        found = frame.f_locals.get("context")
        if isinstance(found, grpc.ServicerContext):
            return found
        frame = frame.f_back
    return None


@cache
def _quiet_tracebacks() -> None:
    """Keep grpc from writing the traceback of an error that is meant for the user."""
    logging.getLogger("grpc._server").addFilter(_is_unforeseen)


def _is_unforeseen(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HookFailed))

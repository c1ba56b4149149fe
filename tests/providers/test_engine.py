"""Claims about what the user sees of a hook."""

import logging

import grpc
import pytest
from pulumi.runtime.proto import engine_pb2

from hooks.interfaces import EngineLost, Refused
from hooks.providers.engine import EngineProgress, HookFailed, one_clear_error

URN = "urn:pulumi:local::kafka-platform::pulumi-python:dynamic/kafka:Brokers::kafka"


def test_lines_go_to_the_resources_own_row_with_their_severity() -> None:
    seen: list[engine_pb2.LogRequest] = []
    progress = EngineProgress(URN, seen.append)
    progress.status("waiting")
    progress.info("done")
    progress.warn("careful")
    assert {line.urn for line in seen} == {URN}
    assert [(line.message, line.ephemeral) for line in seen] == [("waiting", True), ("done", False), ("careful", False)]
    assert [line.severity for line in seen] == [engine_pb2.INFO, engine_pb2.INFO, engine_pb2.WARNING]


def test_secrets_never_reach_the_engine() -> None:
    seen: list[engine_pb2.LogRequest] = []
    EngineProgress(URN, seen.append).info("the log says password=hunter2")
    assert "hunter2" not in seen[0].message


def test_an_engine_that_does_not_take_a_line_is_lost() -> None:
    def gone(_: engine_pb2.LogRequest) -> None:
        raise grpc.RpcError

    with pytest.raises(EngineLost):
        EngineProgress(URN, gone).status("waiting")


def test_without_an_engine_lines_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    EngineProgress(URN).info("done")
    assert capsys.readouterr().out == "done\n"


def test_a_refusal_becomes_its_message_alone() -> None:
    with pytest.raises(HookFailed) as failed, one_clear_error():
        raise Refused(["the first reason", "what to do"])
    assert str(failed.value) == "the first reason\nwhat to do"
    assert failed.value.__suppress_context__


def test_an_unforeseen_error_keeps_its_own_type() -> None:
    with pytest.raises(ZeroDivisionError), one_clear_error():
        _ = 1 / 0


def test_tracebacks_of_refusals_alone_are_kept_from_the_log() -> None:
    with pytest.raises(HookFailed), one_clear_error():
        raise Refused(["no"])
    log = logging.getLogger("grpc._server")
    assert not log.filter(_record(HookFailed("no")))
    assert log.filter(_record(ZeroDivisionError()))


def _record(error: Exception) -> logging.LogRecord:
    """Return what grpc logs for an exception of a handler."""
    return logging.LogRecord("grpc._server", logging.ERROR, "", 0, "failed", None, (type(error), error, None))

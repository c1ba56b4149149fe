"""The ZooKeeper ensemble, asked server by server with the four-letter word `srvr`."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from contract import PORT_ZOOKEEPER
from hooks.interfaces import NotYet, Pods
from hooks.planner.snapshot import ObservedPod, ObservedServer

_SECONDS = 3.0
_MODE = re.compile(rb"^Mode: (\w+)\s*$", re.MULTILINE)


class Connection(Protocol):
    """A connection to one port of one pod, for one question."""

    def exchange(self, request: bytes, complete: Callable[[bytes], bool], seconds: float) -> bytes:
        """Send a request and return the answer. Raises NotYet."""
        ...

    def close(self) -> None:
        """End it."""
        ...


Dial = Callable[[str, int], Connection]
"""Opens a connection to a port of a pod."""


class ZooKeeperEnsemble:
    """`hooks.interfaces.Ensemble` of ZooKeeper servers."""

    def __init__(self, pods: Pods, dial: Dial) -> None:
        """Ask through connections that `dial` opens."""
        self._pods = pods
        self._dial = dial

    def servers(self) -> tuple[ObservedServer, ...]:
        """Return every server with its mode, sorted by id; one that does not answer has mode None."""
        pods = self._pods.pods("zookeeper")
        if not pods:
            return ()
        with ThreadPoolExecutor(max_workers=len(pods), thread_name_prefix="srvr") as pool:
            return tuple(pool.map(self._server, pods))

    def _server(self, pod: ObservedPod) -> ObservedServer:
        return ObservedServer(id=pod.node_id, mode=None if pod.terminating else self._mode(pod.name))

    def _mode(self, pod: str) -> str | None:
        """Ask one server; it closes the connection after its answer."""
        try:
            connection = self._dial(pod, PORT_ZOOKEEPER)
            try:
                answer = connection.exchange(b"srvr", lambda received: _MODE.search(received) is not None, _SECONDS)
            finally:
                connection.close()
        except NotYet:
            return None
        found = _MODE.search(answer)
        return found[1].decode() if found else None

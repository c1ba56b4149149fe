"""The KRaft controllers, asked directly on their own port: for the time in which no broker can be asked.

Only the leader of the quorum describes it; the others answer that they are not the leader. So the leader's answer says
who follows, and how closely. This is Kafka's own DescribeQuorum (KIP-595, KIP-919), on a connection of one question.
"""

import struct
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from kafka.errors import KafkaError
from kafka.protocol.admin import DescribeQuorumRequest, DescribeQuorumResponse

from contract import PORT_CONTROLLER
from hooks.clients.metadata import leaders_partition, observed_quorum
from hooks.clients.zookeeper import Dial
from hooks.interfaces import NotYet, Pods
from hooks.planner.snapshot import NodeId, ObservedQuorum, ObservedServer

_SECONDS: Final = 3.0
#: With the times at which followers last caught up (KIP-836).
_VERSION: Final = 1
#: A follower further behind than Kafka's default controller.quorum.fetch.timeout.ms does not follow.
_FOLLOWS_MS: Final = 2000


class ControllerQuorum:
    """`hooks.interfaces.Ensemble` of KRaft controllers."""

    def __init__(self, pods: Pods, dial: Dial) -> None:
        """Ask through connections that `dial` opens."""
        self._pods = pods
        self._dial = dial

    def servers(self) -> tuple[ObservedServer, ...]:
        """Return every controller with its mode, sorted by id; without a leader none has one."""
        pods = self._pods.pods("controller")
        asked = [pod.name for pod in pods if not pod.terminating]
        quorum = None
        if asked:
            with ThreadPoolExecutor(max_workers=len(asked), thread_name_prefix="quorum") as pool:
                quorum = next((q for q in pool.map(self._described_by, asked) if q is not None), None)
        return tuple(ObservedServer(id=pod.node_id, mode=_mode(pod.node_id, quorum)) for pod in pods)

    def _described_by(self, pod: str) -> ObservedQuorum | None:
        """Return the quorum as this controller describes it, None unless it leads."""
        try:
            connection = self._dial(pod, PORT_CONTROLLER)
            try:
                answer = connection.exchange(_request(), _complete, _SECONDS)
            finally:
                connection.close()
            return _quorum(answer) if _complete(answer) else None
        except (NotYet, KafkaError, LookupError, ValueError, struct.error):
            return None


def describe_quorum() -> DescribeQuorumRequest:
    """Return the question for the quorum of the metadata log."""
    topic = DescribeQuorumRequest.TopicData
    partitions = [topic.PartitionData(partition_index=0)]
    return DescribeQuorumRequest(topics=[topic(topic_name="__cluster_metadata", partitions=partitions)])


def _request() -> bytes:
    """Return the framed question."""
    request = describe_quorum()
    request.with_header(correlation_id=1, client_id="kafka-platform-hooks")
    return bytes(request.encode(version=_VERSION, header=True, framed=True))


def _complete(received: bytes) -> bool:
    """Say whether the frame is all there: four bytes of length, then as many bytes."""
    return len(received) >= 4 and len(received) >= 4 + int.from_bytes(received[:4], "big")


def _quorum(frame: bytes) -> ObservedQuorum | None:
    """Read the answer of a leader; None for that of another controller."""
    answer = DescribeQuorumResponse.decode(frame, version=_VERSION, header=True, framed=True)
    partition = leaders_partition(answer.to_dict())
    return None if partition is None else observed_quorum(partition)


def _mode(node: NodeId, quorum: ObservedQuorum | None) -> str | None:
    """Return what the leader says of this controller."""
    if quorum is None or quorum.leader is None:
        return None
    if node == quorum.leader:
        return "leader"
    voter = next((v for v in quorum.voters if v.id == node), None)
    follows = voter is not None and voter.lag_ms is not None and voter.lag_ms < _FOLLOWS_MS
    return "follower" if follows else None

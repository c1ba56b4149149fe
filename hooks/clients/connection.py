"""Which cluster: the Kubernetes context, the namespace and the Kafka cluster's name in it."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["zookeeper", "kraft"]
"""Who keeps Kafka's metadata."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where one Kafka cluster lives."""

    kubeconfig: str = ""
    """Path of the kubeconfig; empty for the default rules (KUBECONFIG, the home folder, the pod's service account)."""
    context: str = ""
    """Context in it; empty for the current one."""
    namespace: str
    cluster: str
    """Name of the Kafka cluster, the value of the label `kafka-platform/cluster`."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long one question may take, in seconds."""

    answer: float = 10.0
    """For one answer of the API server."""
    outage: float = 180.0
    """For repeating a read while the API server is away; 0 asks once."""
    broker: float = 5.0
    """For one answer of a broker. One on a lost node never answers, and the next one should be asked soon."""
    first_broker: float = 10.0
    """For finding a broker that answers at all, when the first one does not."""
    worker: float = 100.0
    """For one answer of a worker of Kafka Connect, which itself gives up after 90."""
    registry: float = 65.0
    """For one answer of a schema registry, which itself gives up after 60."""


#: A run outlives an API server's restart or a control plane's upgrade.
RUN = Patience()
#: A preview shows what it can see within seconds.
PREVIEW = Patience(answer=3.0, outage=0.0, broker=3.0, first_broker=3.0, worker=1.5, registry=1.5)

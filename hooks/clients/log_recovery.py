"""How far a starting broker is with loading its logs, in the words of its own log.

After a stop that was not clean a broker reads every unflushed segment before it serves, which may take hours; neither
Kubernetes nor the other brokers see it meanwhile. The lines are those of LogManager and LogLoader in Kafka 3.7 to 4.4.
"""

import re
from typing import Final

from contract import CONTAINER
from hooks.clients.redaction import redact
from hooks.clients.rest import ApiServer
from hooks.interfaces import HookError
from hooks.planner.snapshot import ObservedPod

_READ: Final = 500
_WIDTH: Final = 200
_LOADING: Final = re.compile(
    r"Loading logs from log dirs|Attempting recovery for all logs|Recovering \d+ logs from|Recovering unflushed segment"
    r"|Completed load of|Loading producer state|Reloading from producer snapshot|Producer state recovery took"
)
_LOADED: Final = re.compile(r"Loaded \d+ logs in \d+ms")


def last_step(api: ApiServer, pod: ObservedPod) -> str | None:
    """Return what the pod's log last said of it; None when all is loaded, or when nothing can be read."""
    query = [("container", CONTAINER), ("tailLines", str(_READ))]
    try:
        lines = api.text(f"{api.namespaced}/pods/{pod.name}/log", query).splitlines()
    except HookError:
        return None
    telling = [line for line in lines if _LOADING.search(line) or _LOADED.search(line)]
    if not telling or _LOADED.search(telling[-1]):
        return None
    return " ".join(redact(telling[-1]).split())[:_WIDTH]

"""The listeners of brokers and controllers, and where each of them says that it can be reached.

Placeholders (`@POD@`, `@EXTERNAL_PORT@`) stand for what differs between the pods of a pool; the start script fills
them in, so that one file serves the pool whatever its count.
"""

from components.spec.topology import Pool
from contract import (
    LISTENER_CONTROLLER,
    LISTENER_EXTERNAL,
    LISTENER_INTERNAL,
    PORT_CONTROLLER,
    PORT_EXTERNAL,
    PORT_INTERNAL,
    headless_service,
    pod_host,
)

NODE_ID = "@NODE_ID@"
POD = "@POD@"
EXTERNAL_PORT = "@EXTERNAL_PORT@"


def broker_listeners(pool: Pool, *, kraft: bool) -> dict[str, str]:
    """Return the properties that open a broker's listeners and advertise them."""
    names = [LISTENER_INTERNAL]
    opened = [f"{LISTENER_INTERNAL}://:{PORT_INTERNAL}"]
    advertised = [f"{LISTENER_INTERNAL}://{_own_host(pool)}:{PORT_INTERNAL}"]
    if pool.external is not None:
        names.append(LISTENER_EXTERNAL)
        opened.append(f"{LISTENER_EXTERNAL}://:{PORT_EXTERNAL}")
        advertised.append(f"{LISTENER_EXTERNAL}://{pool.external.host}:{EXTERNAL_PORT}")
    properties = {
        "listeners": ",".join(opened),
        "advertised.listeners": ",".join(advertised),
        "inter.broker.listener.name": LISTENER_INTERNAL,
    }
    if kraft:
        names.append(LISTENER_CONTROLLER)
        properties["controller.listener.names"] = LISTENER_CONTROLLER
    return properties | {"listener.security.protocol.map": _protocols(names)}


def controller_listeners(pool: Pool) -> dict[str, str]:
    """Return the properties that open a controller's one listener and advertise it."""
    return {
        "listeners": f"{LISTENER_CONTROLLER}://:{PORT_CONTROLLER}",
        "advertised.listeners": f"{LISTENER_CONTROLLER}://{_own_host(pool)}:{PORT_CONTROLLER}",
        "controller.listener.names": LISTENER_CONTROLLER,
        "listener.security.protocol.map": _protocols([LISTENER_CONTROLLER]),
    }


def _own_host(pool: Pool) -> str:
    return pod_host(POD, headless_service(pool.cluster, pool.component), pool.namespace)


def _protocols(names: list[str]) -> str:
    return ",".join(f"{name}:PLAINTEXT" for name in names)

"""The listeners of brokers and controllers, and where each of them says that it can be reached.

Placeholders (`@POD@`, `@EXTERNAL_PORT@` …) stand for what differs between the pods of a pool; the start script fills
them in, so that one file serves the pool whatever its count.
"""

from components.spec.access_properties import security_protocol
from components.spec.external import ID, doors
from components.spec.model import ClusterSpec
from components.spec.topology import Pool
from contract import (
    LISTENER_CONTROLLER,
    LISTENER_INTERNAL,
    PORT_CONTROLLER,
    PORT_INTERNAL,
    headless_service,
    pod_host,
)

NODE_ID = "@NODE_ID@"
POD = "@POD@"


def broker_listeners(spec: ClusterSpec, pool: Pool) -> dict[str, str]:
    """Return the properties that open a broker's listeners and advertise them."""
    internal = spec.kafka.listeners.internal
    protocols = {LISTENER_INTERNAL: security_protocol(tls=internal.tls, authentication=internal.authentication)}
    opened = [f"{LISTENER_INTERNAL}://:{PORT_INTERNAL}"]
    advertised = [f"{LISTENER_INTERNAL}://{_own_host(pool)}:{PORT_INTERNAL}"]
    for door in doors(spec, pool):
        one = door.listener
        protocols[one.name] = security_protocol(tls=one.tls, authentication=one.authentication)
        opened.append(f"{one.name}://:{one.port}")
        port = door.advertised_port if door.first_node_port is None else door.placeholder
        advertised.append(f"{one.name}://{door.host.replace(ID, NODE_ID)}:{port}")
    properties = {
        "listeners": ",".join(opened),
        "advertised.listeners": ",".join(advertised),
        "inter.broker.listener.name": LISTENER_INTERNAL,
    }
    if spec.kafka.mode == "kraft":
        protocols[LISTENER_CONTROLLER] = protocols[LISTENER_INTERNAL]
        properties["controller.listener.names"] = LISTENER_CONTROLLER
    return properties | {"listener.security.protocol.map": _protocols(protocols)}


def controller_listeners(spec: ClusterSpec, pool: Pool) -> dict[str, str]:
    """Return the properties that open a controller's one listener and advertise it."""
    internal = spec.kafka.listeners.internal
    protocol = security_protocol(tls=internal.tls, authentication=internal.authentication)
    return {
        "listeners": f"{LISTENER_CONTROLLER}://:{PORT_CONTROLLER}",
        "advertised.listeners": f"{LISTENER_CONTROLLER}://{_own_host(pool)}:{PORT_CONTROLLER}",
        "controller.listener.names": LISTENER_CONTROLLER,
        "listener.security.protocol.map": _protocols({LISTENER_CONTROLLER: protocol}),
    }


def _own_host(pool: Pool) -> str:
    return pod_host(POD, headless_service(pool.cluster, pool.component), pool.namespace)


def _protocols(protocols: dict[str, str]) -> str:
    return ",".join(f"{name}:{protocol}" for name, protocol in protocols.items())

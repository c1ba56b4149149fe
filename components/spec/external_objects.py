"""The objects by which one broker is reached from outside, as Kubernetes' own JSON: a Service, and a route to it."""

from components.spec.access import Gateway
from components.spec.external import Door
from components.spec.pod import Json


def service_spec(door: Door, node_id: int) -> Json:
    """Return the Service that leads to a broker, and to no other one."""
    kinds = {"node-port": "NodePort", "load-balancer": "LoadBalancer"}
    port: Json = {"name": door.label, "port": door.listener.port, "targetPort": door.listener.port}
    if door.first_node_port is not None:
        port["nodePort"] = door.address(node_id)[1]
    elif door.listener.type_ == "load-balancer":
        port["port"] = door.advertised_port
    return {
        "type": kinds.get(door.listener.type_, "ClusterIP"),
        "selector": {"statefulset.kubernetes.io/pod-name": door.pool.pod(node_id)},
        # A broker that starts or stops is reached by nobody, and a bootstrap finds another one.
        "ports": [port],
    }


def annotations(door: Door, node_id: int) -> dict[str, str]:
    """Return the user's annotations with the broker's id and host filled in."""
    host, _ = door.address(node_id)
    return {
        key: text.replace("{id}", str(node_id)).replace("{host}", host)
        for key, text in door.listener.annotations.items()
    }


def route(door: Door, node_id: int) -> tuple[str, str, Json] | None:
    """Return version, kind and spec of what leads TLS to the Service by its name, None where nothing does."""
    host, service = door.address(node_id)[0], door.service(node_id)
    if door.listener.type_ == "tls-route":
        parent = _parent(door.listener.gateway or Gateway(name=""))
        backend = {"name": service, "port": door.listener.port}
        spec: Json = {"parentRefs": [parent], "hostnames": [host], "rules": [{"backendRefs": [backend]}]}
        return "gateway.networking.k8s.io/v1alpha3", "TLSRoute", spec
    if door.listener.type_ == "openshift-route":
        spec = {
            "host": host,
            "to": {"kind": "Service", "name": service, "weight": 100},
            "port": {"targetPort": door.label},
            "tls": {"termination": "passthrough", "insecureEdgeTerminationPolicy": "None"},
        }
        return "route.openshift.io/v1", "Route", spec
    return None


def _parent(gateway: Gateway) -> Json:
    found = {"name": gateway.name, "namespace": gateway.namespace, "sectionName": gateway.section}
    return {key: value for key, value in found.items() if value is not None}

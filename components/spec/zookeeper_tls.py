"""How ZooKeeper speaks TLS: what its servers and the brokers write for each stage of `zookeeper.tls`.

What the stages are stands in `zookeeper_stages`.
"""

from collections.abc import Mapping
from typing import Final

from components.spec.access_properties import CERTIFICATES_MOUNT
from components.spec.model import ClusterSpec
from components.spec.reading import Reader
from components.spec.zookeeper_stages import speaks_tls, stage
from contract import PORT_ZOOKEEPER_SECURE, TLS_AUTHORITY, TLS_CERTIFICATE, TLS_KEY

#: In memory: ZooKeeper reads key and certificate from one file, which the start script makes of the Secret's two.
KEYS_MOUNT: Final = "/run/kafka-platform-keys"
_KEY_STORE: Final = f"{KEYS_MOUNT}/nodes.pem"
_TRUST_STORE: Final = f"{CERTIFICATES_MOUNT}/{TLS_AUTHORITY}"
_NETTY_SERVER: Final = "org.apache.zookeeper.server.NettyServerCnxnFactory"
_NETTY_CLIENT: Final = "org.apache.zookeeper.ClientCnxnSocketNetty"
#: How the keys begin that say where certificates come from; none of them is the user's while the stage has TLS.
_SERVER_KEYS: Final = tuple(f"ssl.{of}{store}." for of in ("", "quorum.") for store in ("keyStore", "trustStore"))
_BROKER_KEYS: Final = ("zookeeper.ssl.keystore.", "zookeeper.ssl.truststore.")


def server_tls(spec: ClusterSpec) -> dict[str, str]:
    """Return what it adds to zoo.cfg. Whoever connects shows a certificate, and is reached under a name in it."""
    now = stage(spec)
    if now == "disabled":
        return {}
    stores = {
        "keyStore.location": _KEY_STORE,
        "keyStore.type": "PEM",
        "trustStore.location": _TRUST_STORE,
        "trustStore.type": "PEM",
        "clientAuth": "need",
        "hostnameVerification": "true",
    }
    return {
        **{f"ssl.{key}": value for key, value in stores.items()},
        **{f"ssl.quorum.{key}": value for key, value in stores.items()},
        "secureClientPort": str(PORT_ZOOKEEPER_SECURE),
        # The other one has no TLS at all.
        "serverCnxnFactory": _NETTY_SERVER,
        "sslQuorum": "false" if now == "allowed" else "true",
        "portUnification": "false" if now == "required" else "true",
        **({"clientPortAddress": "127.0.0.1"} if now == "required" else {}),
    }


def broker_tls(spec: ClusterSpec) -> dict[str, str]:
    """Return what it adds to the brokers' properties."""
    if not speaks_tls(spec, "broker"):
        return {}
    return {
        "zookeeper.clientCnxnSocket": _NETTY_CLIENT,
        "zookeeper.ssl.client.enable": "true",
        "zookeeper.ssl.endpoint.identification.algorithm": "HTTPS",
        "zookeeper.ssl.keystore.location": _KEY_STORE,
        "zookeeper.ssl.keystore.type": "PEM",
        "zookeeper.ssl.truststore.location": _TRUST_STORE,
        "zookeeper.ssl.truststore.type": "PEM",
    }


def key_script() -> str:
    """Return the line of a start script that puts key and certificate into one file. It never reaches a disk."""
    return f"(umask 077 && cat {CERTIFICATES_MOUNT}/{TLS_KEY} {CERTIFICATES_MOUNT}/{TLS_CERTIFICATE} > {_KEY_STORE})\n"


def check_zookeeper_tls(spec: ClusterSpec, reader: Reader) -> None:
    """Report TLS without certificates or without hooks, and keys of the user's that would be another truth."""
    if spec.zookeeper is None or stage(spec) == "disabled":
        return
    if not spec.kafka.listeners.internal.tls:
        why = "the ensemble shows and asks for the certificate that the brokers use among themselves, and there is none"
        todo = f"set {reader.at('kafka.listeners')}.internal.tls to true and add {reader.at('kafka.tls')}"
        reader.report("zookeeper.tls", stage(spec), allowed="disabled without TLS inside", why=why, todo=todo)
    allowed = "none beside zookeeper.tls"
    for section, config, written, prefixes in (
        ("zookeeper", spec.zookeeper.config, server_tls(spec), _SERVER_KEYS),
        ("kafka", spec.kafka.config, broker_tls(spec), _BROKER_KEYS),
    ):
        for key in _taken(config, written, prefixes):
            why, todo = "zookeeper.tls writes this key itself", "remove it: the certificates are those of kafka.tls"
            reader.report_key(f"{section}.config.{key}", "a value", allowed=allowed, why=why, todo=todo)


def check_rolling_tls(spec: ClusterSpec, reader: Reader) -> None:
    """Report TLS where no hook looks at the live ensemble: a stage too far would split it, and nobody would say so."""
    if stage(spec) != "disabled":
        why = "stages must follow each other on a live ensemble, a hook makes sure of it, and here there is none"
        todo = "run with the hooks (updates: hooks), or use mode kraft"
        allowed = "disabled with updates: rolling"
        reader.report("zookeeper.tls", stage(spec), allowed=allowed, why=why, todo=todo)


def _taken(config: Mapping[str, str], written: Mapping[str, str], prefixes: tuple[str, ...]) -> list[str]:
    return [key for key in config if key in written or (written and key.startswith(prefixes))]

"""The Secret with the one login at ZooKeeper that all brokers of a cluster share: made once, and never another.

Nodes of ZooKeeper belong to a name, so another password would take nothing away; but servers know one password at a
time, and a broker that shows another one gets no session. So a lost Secret is a problem and not remade in passing.
"""

import secrets
from base64 import b64encode
from typing import Final

from contract import LABEL_CLUSTER, ZOOKEEPER_CLIENT_LOGIN, ZOOKEEPER_SERVER_LOGIN, zookeeper_login_secret
from hooks.clients.mounted import remove_unless_mounted
from hooks.clients.rest import ApiServer, Exists

#: The name to which ZooKeeper's nodes belong. It can never change: the nodes would belong to somebody else.
USER: Final = "kafka"
_MODULE: Final = "org.apache.zookeeper.server.auth.DigestLoginModule required"
_PASSWORD_BYTES: Final = 32


class KubernetesZooKeeperLogin:
    """Makes the Secret, and takes it away."""

    def __init__(self, api: ApiServer) -> None:
        """Work on the connection's cluster."""
        self._api = api
        self._secrets = f"{api.namespaced}/secrets"
        self._name = zookeeper_login_secret(api.connection.cluster)
        self._labels = {LABEL_CLUSTER: api.connection.cluster}

    def is_there(self) -> bool:
        """Say whether the Secret exists."""
        return self._api.find(f"{self._secrets}/{self._name}") is not None

    def ensure(self) -> None:
        """Make the Secret with a new password, unless there is one."""
        if self.is_there():
            return
        files = jaas_files(secrets.token_urlsafe(_PASSWORD_BYTES))
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {"name": self._name, "labels": self._labels},
            "data": {key: b64encode(text.encode()).decode() for key, text in files.items()},
        }
        try:
            self._api.create(self._secrets, body)
        except Exists:
            # Whoever made it meanwhile made a whole one.
            return

    def remove(self) -> tuple[str, ...]:
        """Delete the Secret, unless pods mount it still: then return their names, and leave it."""
        return remove_unless_mounted(self._api, self._name, self._labels)


def jaas_files(password: str) -> dict[str, str]:
    """Return what the Secret holds, by key: the login of the brokers, and that the servers let them in."""
    return {
        ZOOKEEPER_SERVER_LOGIN: f'Server {{\n  {_MODULE}\n  user_{USER}="{password}";\n}};\n',
        ZOOKEEPER_CLIENT_LOGIN: f'Client {{\n  {_MODULE}\n  username="{USER}"\n  password="{password}";\n}};\n',
    }

"""How the hooks speak to nodes that speak TLS: the certificate that they show, and the authority that they trust.

Both lie in one Secret of the cluster, which a StatefulSet's annotation names. They are read from there for every new
connection's sake and held in memory only: never in a plan, a state or a log. Without the annotation nodes speak plain
text among themselves, and so do the hooks.
"""

import ssl
from base64 import b64decode
from tempfile import NamedTemporaryFile
from typing import Final

from contract import ANNOTATION_ADMIN_SECRET, LABEL_CLUSTER, TLS_AUTHORITY, TLS_CERTIFICATE, TLS_KEY
from hooks.clients.rest import ApiServer, Json
from hooks.interfaces import NotYet, Refused

_KEYS: Final = (TLS_CERTIFICATE, TLS_KEY, TLS_AUTHORITY)


class NodeContext(ssl.SSLContext):
    """A context that remembers why a node was not believed, or did not believe: the Kafka client forgets it."""

    last_error: str | None = None


class _TellingSocket(ssl.SSLSocket):
    """Keeps the words of a failure with the context."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._tell(error)
            # The Kafka client would leave it open.
            self.close()
            raise

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        # With TLS 1.3 a node refuses the client's certificate only after the handshake.
        try:
            return super().recv(buflen, flags)
        except ssl.SSLError as error:
            self._tell(error)
            raise

    def _tell(self, error: ssl.SSLError) -> None:
        waits = isinstance(error, ssl.SSLWantReadError | ssl.SSLWantWriteError)
        if isinstance(self.context, NodeContext) and not waits:
            self.context.last_error = f"{self.server_hostname}: {error}"


class KubernetesSecurity:
    """Reads the Secret of the hooks' own certificate."""

    def __init__(self, api: ApiServer) -> None:
        """Work on this connection's cluster; nothing is read yet."""
        self._api = api
        self._known = False
        self._context: NodeContext | None = None

    def context(self) -> NodeContext | None:
        """Return how to speak TLS to the nodes, None when they speak plain text. Raises NotYet or Refused."""
        if not self._known:
            name = self.secret_name()
            self._context = None if name is None else self._read(name)
            self._known = True
        return self._context

    def forget(self) -> None:
        """Read again when asked next: a certificate may have been renewed."""
        self._known = False

    def secret_name(self) -> str | None:
        """Return the Secret that the live StatefulSets name, None when they name none."""
        labels = {LABEL_CLUSTER: self._api.connection.cluster}
        for found in self._api.list(f"{self._api.group('apps/v1')}/statefulsets", labels):
            annotations: Json = found["metadata"].get("annotations") or {}
            if name := annotations.get(ANNOTATION_ADMIN_SECRET):
                return str(name)
        return None

    def _read(self, name: str) -> NodeContext:
        found = self._api.find(f"{self._api.namespaced}/secrets/{name}")
        if found is None:
            raise NotYet(f"Secret {name}, which holds the hooks' own certificate, does not exist yet")
        data: Json = found.get("data") or {}
        if missing := [key for key in _KEYS if not data.get(key)]:
            raise _refused(name, f"has no {' and no '.join(missing)}")
        return node_context(name, *(b64decode(data[key]) for key in _KEYS))


def node_context(name: str, certificate: bytes, key: bytes, authority: bytes) -> NodeContext:
    """Return the context that shows this certificate and trusts this authority alone. Raises Refused."""
    context = NodeContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _TellingSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Many an authority of a company's own lacks what this flag asks for; Kafka itself does not ask for it either.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(cadata=authority.decode())
        # The library reads certificates from files only; the file is gone once it is read.
        with NamedTemporaryFile() as file:
            file.write(certificate + b"\n" + key)
            file.flush()
            context.load_cert_chain(file.name)
    except (ssl.SSLError, ValueError) as error:
        raise _refused(name, f"cannot be used: {error}") from None
    return context


def _refused(name: str, what: str) -> Refused:
    allowed = f"{TLS_CERTIFICATE}, {TLS_KEY} (the key of that certificate) and {TLS_AUTHORITY}, each in PEM"
    todo = "put the right ones there, or delete the Secret if the platform generated it, and run `pulumi up` again"
    return Refused([f"Secret {name}, by which the hooks speak to the nodes, {what}; it must hold {allowed}; {todo}"])

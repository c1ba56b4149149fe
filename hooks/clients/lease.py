"""The cluster's lock: one Lease object, renewed by a background thread while it is held.

Times in it are the API server's, as its answers carry them, so that no machine's clock decides. It is taken over only
when it was given back or has expired, always by the resource version that was read: of two takers one gets a Conflict.
"""

import os
import secrets
import socket
import threading
from datetime import datetime, timedelta

from contract import LABEL_CLUSTER, lease_name
from hooks.clients.rest import Absent, ApiServer, Exists, Json
from hooks.interfaces import Conflict, HookError, LeaseLost, NotYet

DURATION_SECONDS = 30
_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class KubernetesLease:
    """`hooks.interfaces.Lease` over `coordination.k8s.io/v1`."""

    def __init__(self, api: ApiServer, duration: int = DURATION_SECONDS) -> None:
        """Prepare to hold the Lease of this connection's cluster under a name of this process."""
        self._api = api
        #: For what is tried again later anyway, or not at all: it must not wait for an API server that is away.
        self._prompt = api.prompt()
        self._name = lease_name(api.connection.cluster)
        self._leases = f"{api.group('coordination.k8s.io/v1')}/leases"
        self._path = f"{self._leases}/{self._name}"
        self._duration = duration
        self.holder = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
        self._stop = threading.Event()
        self._renewer: threading.Thread | None = None

    def acquire(self) -> None:
        """Take the Lease, or raise LeaseLost naming the holder and when its hold expires."""
        try:
            self._take()
        except (Conflict, Exists):
            raise self._held_by_other(self._api.find(self._path)) from None
        self._stop.clear()
        self._renewer = threading.Thread(target=self._renew_until_stopped, name=f"lease {self._name}", daemon=True)
        self._renewer.start()

    def check(self) -> None:
        """Raise LeaseLost unless it is still ours, read from the API server now.

        A hold that expired while the API server was away and that nobody took is taken anew, atomically.
        """
        for _ in range(2):
            live = self._api.find(self._path)
            if live is None or live["spec"].get("holderIdentity") != self.holder:
                raise self._held_by_other(live)
            if self._expires(live) > self._api.server_time() + timedelta(seconds=self._duration / 3):
                return
            try:
                self._api.merge(self._path, self._claim(live))
                return
            except (Conflict, Absent):
                # Our own thread renewed it meanwhile, or another run took it: the next look tells.
                continue
        raise NotYet(f"Lease {self._name} changes faster than it can be read")

    def release(self) -> None:
        """Give it back. Never raises."""
        self._stop.set()
        if self._renewer is not None:
            self._renewer.join(timeout=self._duration)
            self._renewer = None
        try:
            live = self._prompt.find(self._path)
            if live is not None and live["spec"].get("holderIdentity") == self.holder:
                version = live["metadata"]["resourceVersion"]
                free: Json = {"holderIdentity": None, "leaseDurationSeconds": 1}
                self._prompt.merge(self._path, {"metadata": {"resourceVersion": version}, "spec": free})
        except HookError:
            # It expires by itself.
            return

    def close(self) -> None:
        """Give back the connections that the Lease has for itself."""
        self._prompt.close()

    def remove(self) -> None:
        """Delete the Lease object of a cluster that is gone, unless another run holds it."""
        live = self._api.find(self._path)
        if live is None:
            return
        holder = live["spec"].get("holderIdentity")
        if holder and holder != self.holder and self._expires(live) > self._api.server_time():
            raise self._held_by_other(live)
        try:
            self._api.delete(self._path, {"preconditions": {"resourceVersion": live["metadata"]["resourceVersion"]}})
        except (Absent, Conflict):
            return

    def _take(self) -> None:
        """Create the object, or take a free or expired one. Raises LeaseLost, Conflict or Exists."""
        live = self._api.find(self._path)
        if live is None:
            metadata = {"name": self._name, "labels": {LABEL_CLUSTER: self._api.connection.cluster}}
            body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata}
            self._api.create(self._leases, {**body, "spec": self._spec(transitions=0)})
            return
        holder = live["spec"].get("holderIdentity")
        if holder and holder != self.holder and self._expires(live) > self._api.server_time():
            raise self._held_by_other(live)
        self._api.merge(self._path, self._claim(live))

    def _claim(self, live: Json) -> Json:
        """Return the patch that makes the object that was read ours."""
        ours = live["spec"].get("holderIdentity") == self.holder
        transitions = int(live["spec"].get("leaseTransitions") or 0) + (0 if ours else 1)
        spec = self._spec(transitions)
        if ours:
            del spec["acquireTime"]
        return {"metadata": {"resourceVersion": live["metadata"]["resourceVersion"]}, "spec": spec}

    def _spec(self, transitions: int) -> Json:
        now = self._api.server_time().strftime(_FORMAT)
        return {
            "holderIdentity": self.holder,
            "leaseDurationSeconds": self._duration,
            "acquireTime": now,
            "renewTime": now,
            "leaseTransitions": transitions,
        }

    def _expires(self, live: Json) -> datetime:
        """Return when the hold ends; a second is added, since the server's clock is known to the second."""
        spec = live["spec"]
        renewed = spec.get("renewTime") or spec.get("acquireTime")
        if renewed is None:
            return self._api.server_time()
        held = timedelta(seconds=int(spec.get("leaseDurationSeconds") or 0) + 1)
        return datetime.fromisoformat(renewed) + held

    def _renew_until_stopped(self) -> None:
        """Renew every third of the duration, and soon again after a failure, whatever it was: `check` decides."""
        usual, soon = self._duration / 3, self._duration / 15
        pause = usual
        while not self._stop.wait(pause):
            try:
                live = self._prompt.find(self._path)
                if live is None or live["spec"].get("holderIdentity") != self.holder:
                    return
                self._prompt.merge(self._path, self._claim(live))
                pause = usual
            except Exception:
                # An answer that is no JSON, say, from a proxy on the way: this thread must not end for it.
                pause = soon

    def _held_by_other(self, live: Json | None) -> LeaseLost:
        """Say who holds it, until when and what to do."""
        if live is None:
            return LeaseLost(f"Lease {self._name} was deleted under this run; run again when no other run is under way")
        holder = live["spec"].get("holderIdentity") or "nobody"
        left = max(0, round((self._expires(live) - self._api.server_time()).total_seconds()))
        return LeaseLost(
            f"Lease {self._name} is held by {holder} and expires in {left} s unless renewed: "
            "another run works on this cluster; wait for its end and run again",
            expires_in=float(left),
        )

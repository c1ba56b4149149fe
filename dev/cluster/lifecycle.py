"""Bring the local cluster up and take it down.

`up`: 1. under the machine's lock, adopt a whole running cluster of the same inputs, else clear whatever is there;
2. network; 3. runtimes and etcd, and the images meanwhile; 4. API server; 5. everything that is its client; 6. the base
objects and volumes; 7. Ready nodes; 8. the marker that says it is whole.
`down` needs no record of what ran: cgroups, fixed names and fixed folders tell it, so a run that was killed anywhere,
or lost its state folder, is cleared the same way. Ending by cgroup takes milliseconds however the parts are.
"""

import datetime
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dev.cluster import (
    certificates,
    cgroups,
    control_plane,
    kubeconfigs,
    mounts,
    network,
    nodes,
    objects,
    runtime,
    state,
    storage,
    zone,
)
from dev.cluster.addresses import ZONES, Zone
from dev.cluster.api import Api
from dev.cluster.commands import require_root
from dev.cluster.errors import ClusterError
from dev.cluster.lock import cluster_lock
from dev.cluster.processes import pid_of, start, started_parts, wait_until
from dev.cluster.runtime import Image
from dev.progress import Progress

BINARIES: Final = (*control_plane.BINARIES, *zone.BINARIES)
API_SECONDS: Final = 60
NODES_SECONDS: Final = 60
GRACE_SECONDS: Final = 4.0
"""How long pods get to end by themselves when their volumes stay."""
KILL_SECONDS: Final = 4.0
PARTS_OF_THE_API: Final = ("kube-apiserver", "etcd")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """How to reach the cluster as its administrator."""

    kubeconfig: Path
    context: str


LOOK: Final = (
    f"all logs: {state.LOGS}; if what an earlier run left is at fault: `make down`, then delete {state.CACHE} as well"
)
LOCAL: Final = Cluster(kubeconfig=state.KUBECONFIG, context=state.CONTEXT)


def up(binaries: Path, images: Sequence[Image], progress: Progress | None = None) -> Cluster:
    """Make the local cluster run with these binaries and hold these images; nothing happens if it does already.

    Raises ClusterError with the failed part's log; nothing is left running then.
    """
    progress = progress or Progress()
    require_root()
    runtime.require_sandbox_image(images)
    _require(binaries)
    with cluster_lock(progress):
        wanted = state.fingerprint(binaries, BINARIES)
        obstacle = _obstacle_to_adoption(wanted)
        if obstacle is None:
            _refresh(images, progress)
            return LOCAL
        if obstacle:
            progress.say(f"{obstacle}: starting the local cluster anew")
        with progress.step("local cluster"):
            _clear()
            try:
                _start(binaries, images)
            except BaseException as error:
                _clear()
                if isinstance(error, ClusterError):
                    raise ClusterError(f"{error}\n{LOOK}") from error
                raise
            state.write_marker(wanted, {"binaries": str(binaries)})
    return LOCAL


def down(*, remove_volumes: bool = False, progress: Progress | None = None) -> None:
    """End everything of the local cluster, whatever state it is in; quick, and harmless when nothing is there.

    Its objects and volumes stay for the next `up` unless `remove_volumes`; unpacked images stay as a cache in any case.
    """
    progress = progress or Progress()
    require_root()
    with cluster_lock(progress):
        if cgroups.members():
            progress.say(f"taking the local cluster down, {'removing' if remove_volumes else 'keeping'} its volumes")
        _clear(graceful=not remove_volumes)
        state.remove_state(volumes=remove_volumes)


def recycle_released_volumes() -> tuple[str, ...]:
    """Empty and offer again the volumes whose claims are gone; return their names."""
    return storage.recycle(Api())


def _require(binaries: Path) -> None:
    missing = [name for name in BINARIES if not (binaries / name).is_file()]
    if missing:
        raise ClusterError(f"{binaries} lacks {', '.join(missing)}, which the local cluster runs")


def _obstacle_to_adoption(wanted: str) -> str | None:
    """Say why the running cluster cannot be used as it is: None if it can, empty if there is none."""
    marker = state.read_marker()
    if marker is None:
        return "parts of an earlier run are left" if cgroups.members() else ""
    dead = [name for name in started_parts() if pid_of(name) is None]
    if dead:
        return f"{', '.join(dead)} of the local cluster no longer runs"
    if marker["fingerprint"] != wanted:
        return f"the local cluster runs with other inputs (binaries of {marker['binaries']})"
    return None if Api().ready() else "the API server of the local cluster does not serve"


def _refresh(images: Sequence[Image], progress: Progress) -> None:
    """Bring an adopted cluster to what a new one would be: zones connected, images there, volumes free."""
    for each in ZONES:
        network.set_link(each, up=True)
    with ThreadPoolExecutor(len(ZONES)) as pool:
        loaded = sum(pool.map(lambda each: runtime.load(each, images), ZONES))
    api = Api()
    objects.apply_base_objects(api)
    storage.offer_volumes(api)
    storage.recycle(api)
    nodes.wait_for_nodes(api, NODES_SECONDS)
    kubeconfigs.write_for_people()
    progress.say(f"the local cluster runs already{f'; {loaded} images loaded' if loaded else ''}")


def _start(binaries: Path, images: Sequence[Image]) -> None:
    _prepare()
    pool = ThreadPoolExecutor(len(ZONES))
    try:
        start(control_plane.etcd(binaries))
        runtimes = {each: start(zone.runtime(each)) for each in ZONES}
        loads = [pool.submit(_load, each, images) for each in ZONES]
        start(control_plane.api_server(binaries))
        api = Api()
        wait_until("the API server serves", PARTS_OF_THE_API, API_SECONDS, api.ready)
        nodes.forget_readiness(api)
        for part in (control_plane.controller_manager, control_plane.scheduler, control_plane.dns):
            start(part(binaries))
        for each, pid in runtimes.items():
            runtime.wait_for_runtime(each)
            start(zone.kubelet(each, binaries, pid))
            start(zone.proxy(each, binaries, pid))
        objects.apply_base_objects(api)
        storage.offer_volumes(api)
        storage.recycle(api)
        _wait_for_all(api, loads)
    finally:
        # After a failure nobody waits for images: they end with the runtime they are loaded into.
        pool.shutdown(wait=False, cancel_futures=True)
    kubeconfigs.write_for_people()


def _prepare() -> None:
    """Lay everything that the parts read, and the network and cgroups they start in."""
    for folder, mode in ((state.STATE, 0o755), (state.RUN, 0o755), (state.ETCD, 0o700), (state.LOGS, 0o755)):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    certificates.prepare(state.PKI, datetime.datetime.now(datetime.UTC), certificates.identities())
    clients = [
        "controller-manager",
        "scheduler",
        "coredns",
        *(f"{k}-{z.name}" for z in ZONES for k in ("kubelet", "proxy")),
    ]
    for client in clients:
        kubeconfigs.write_for_part(client)
    control_plane.COREFILE.write_text(control_plane.corefile())
    machine = zone.Machine.this()
    cgroups.create(control_plane.CGROUP)
    for each in ZONES:
        cgroups.create(f"{zone.cgroup(each)}/system")
        zone.prepare(each, machine)
    network.create()


def _load(each: Zone, images: Sequence[Image]) -> None:
    runtime.wait_for_runtime(each)
    runtime.load(each, images)


def _wait_for_all(api: Api, loads: Sequence[Future[None]]) -> None:
    """Wait for what a first pod needs: Ready nodes, images, DNS and the account that pods get by default."""
    nodes.wait_for_nodes(api, NODES_SECONDS)
    account = "/api/v1/namespaces/default/serviceaccounts/default"
    wait_until("pods have an account", ["kube-controller-manager"], API_SECONDS, lambda: api.get(account) is not None)
    wait_until("names are served", ["coredns"], API_SECONDS, control_plane.dns_is_ready)
    for load in loads:
        load.result()


def _clear(*, graceful: bool = False) -> None:
    """End every process of the cluster and undo what it did to the machine, whole or in parts."""
    state.MARKER.unlink(missing_ok=True)
    if graceful:
        _end_pods()
    left = cgroups.send("", signal.SIGKILL, KILL_SECONDS)
    if left:
        raise ClusterError(
            f"processes {sorted(left)} of the local cluster do not end, even by SIGKILL; see their state in /proc"
        )
    mounts.remove()
    network.remove()
    cgroups.remove()
    state.remove_state(volumes=False)


def _end_pods() -> None:
    """Let pods end in order, so that what they keep on their volumes needs no repair."""
    for each in ZONES:
        cgroups.send(f"{zone.cgroup(each)}/system", signal.SIGSTOP, 0)
    with ThreadPoolExecutor(len(ZONES)) as pool:
        list(pool.map(lambda each: cgroups.send(zone.pods_cgroup(each), signal.SIGTERM, GRACE_SECONDS), ZONES))

"""What runs of the local cluster, as facts and as lines for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from dev.cluster import cgroups, network
from dev.cluster.addresses import ZONES
from dev.cluster.api import Api
from dev.cluster.nodes import ready_nodes
from dev.cluster.processes import pid_of, started_parts
from dev.cluster.state import KUBECONFIG, LOGS, read_marker
from dev.progress import Progress


@dataclass(frozen=True, kw_only=True)
class ZoneStatus:
    """One zone."""

    node: str
    address: str
    linked: bool
    ready: bool

    def __str__(self) -> str:
        readiness = "Ready" if self.ready else "NotReady"
        return f"{self.node} at {self.address}: {readiness}{'' if self.linked else ', cut off'}"


@dataclass(frozen=True, kw_only=True)
class Status:
    """The local cluster as it is now."""

    whole: bool
    """An `up` came to its end and no `down` began since."""
    serving: bool
    parts: dict[str, int | None]
    """Process id of each part that was started; None for one that is dead."""
    zones: tuple[ZoneStatus, ...]
    stray_processes: int
    """Processes that run although the cluster is not whole."""

    @property
    def healthy(self) -> bool:
        """Whether everything runs and every node is Ready."""
        return self.whole and self.serving and all(self.parts.values()) and all(zone.ready for zone in self.zones)

    def lines(self) -> list[str]:
        """Return the status for people."""
        if not self.whole:
            return [
                f"down; {self.stray_processes} processes of an unfinished run are left"
                if self.stray_processes
                else "down"
            ]
        dead = [name for name, pid in self.parts.items() if pid is None]
        state = "up" if self.healthy else "broken"
        server = "serves" if self.serving else "does not answer"
        return [
            f"{state}: API server {server}, {len(self.parts) - len(dead)} of {len(self.parts)} parts run",
            *(f"  {name} is dead, see {LOGS / f'{name}.log'}" for name in dead),
            *(f"  {zone}" for zone in self.zones),
            f"  KUBECONFIG={KUBECONFIG}, logs in {LOGS}",
        ]


def status() -> Status:
    """Look at the local cluster; changes nothing and takes no lock."""
    whole = read_marker() is not None
    api = Api() if whole else None
    serving = api is not None and api.ready()
    ready = ready_nodes(api) if api is not None and serving else frozenset[str]()
    zones = tuple(
        ZoneStatus(node=zone.node, address=str(zone.address), linked=network.link_is_up(zone), ready=zone.node in ready)
        for zone in ZONES
    )
    return Status(
        whole=whole,
        serving=serving,
        parts={name: pid_of(name) for name in started_parts()},
        zones=zones,
        stray_processes=0 if whole else len(cgroups.members()),
    )


def command(_arguments: Sequence[str], progress: Progress) -> int:
    """Print the status; the exit code says whether all is well."""
    now = status()
    for line in now.lines():
        progress.say(line)
    return 0 if now.healthy else 1

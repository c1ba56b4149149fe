"""The feature levels of the FakeCluster: the controllers raise them only when every node that runs knows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hooks.administration import Rejection
from hooks.interfaces import NotYet
from hooks.planner.features import METADATA, RELEASES, FeatureChange

if TYPE_CHECKING:
    from tests.fakes.cluster import FakeCluster

LAG = 0.75


@dataclass
class FeatureRecords:
    """What the metadata log says, and what the brokers have heard of it."""

    finalized: dict[str, int] = field(default_factory=lambda: dict(RELEASES["3.9"]))
    heard: dict[str, int] = field(default_factory=lambda: dict(RELEASES["3.9"]))
    refusal: str = ""
    """Why the controllers refuse for good, when a test wants them to."""


@dataclass
class FakeFeatures:
    cluster: "FakeCluster"

    def finalized(self) -> Mapping[str, int]:
        self._answer()
        return dict(self.cluster.features.heard)

    def check(self, changes: Sequence[FeatureChange]) -> tuple[Rejection, ...]:
        self._answer()
        assert self.cluster.mode == "kraft", "brokers with ZooKeeper have no feature levels"
        refusal = self.cluster.features.refusal
        if refusal:
            return (Rejection(name=", ".join(map(str, changes)), why=refusal),)
        level = next((change.after for change in changes if change.feature == METADATA), 0)
        old = [pod.name for pod in self.cluster.kubernetes.pods.values() if self._known(pod.revision.digest) < level]
        return (Rejection(name=METADATA, why=f"InvalidUpdateVersion: {old} do not know {level}"),) if old else ()

    def apply(self, changes: Sequence[FeatureChange]) -> tuple[Rejection, ...]:
        rejected = self.check(changes)
        if not rejected:
            self.cluster.writes.append(f"features {', '.join(map(str, changes))}")
            self.cluster.features.finalized.update({change.feature: change.after for change in changes})
            self.cluster.at(LAG, lambda: self.cluster.features.heard.update(self.cluster.features.finalized))
        return rejected

    def _known(self, revision: str) -> int:
        """Return the level that a content's image knows."""
        return RELEASES[revision.rpartition("-i")[2]][METADATA]

    def _answer(self) -> None:
        kafka = self.cluster.kafka
        if self.cluster.brokers_unreachable or not any(kafka.usable(node) for node in kafka.brokers):
            raise NotYet("no broker answers on port 9092")

"""Feature levels of a KRaft cluster (KIP-584): what is finalized, what a release finalizes, and the way between.

A level says what the brokers may write into the metadata log, so it is raised after the last node has restarted at
the new version, and a version that does not know it cannot start. Values only; `hooks.runners.features` acts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

METADATA: Final = "metadata.version"
_TRANSACTIONS: Final = {"transaction.version": 2, "group.version": 1}
_ELIGIBLE: Final = {**_TRANSACTIONS, "eligible.leader.replicas.version": 1}
_SHARED: Final = {**_ELIGIBLE, "share.version": 1, "streams.version": 1}
#: Levels by release, as `kafka-features.sh version-mapping --release-version` of 4.3.1 prints them. `kraft.version` is
#: the quorum's own form, chosen when it is made, and is never changed by the way.
RELEASES: Final[Mapping[str, Mapping[str, int]]] = {
    "3.9": {METADATA: 21},
    "4.0": {METADATA: 25, **_TRANSACTIONS},
    "4.1": {METADATA: 27, **_ELIGIBLE},
    "4.2": {METADATA: 29, **_SHARED},
    "4.3": {METADATA: 30, **_SHARED},
}

Finalized = Mapping[str, int]
"""The level of each feature that the cluster has finalized."""


@dataclass(frozen=True, kw_only=True)
class FeatureWish:
    """What the spec says of feature levels."""

    kafka: str
    """The line of Kafka that the nodes are to run, such as 4.3."""
    release: str | None = None
    """The release whose levels the cluster is to have; None leaves them as they are."""


@dataclass(frozen=True, kw_only=True)
class FeatureChange:
    """One feature that will have a higher level."""

    feature: str
    before: int
    after: int

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"{self.feature}: {self.before} -> {self.after}"


@dataclass(frozen=True, kw_only=True)
class FeaturePlan:
    """What a run would do now, once every node has the version of the spec."""

    changes: tuple[FeatureChange, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def due(self) -> bool:
        """Whether a run has anything to do, or to refuse."""
        return bool(self.changes or self.refused)

    def lines(self) -> tuple[str, ...]:
        """Return the plan as text lines; none when there is nothing to do."""
        refused = tuple(f"refused: {reason}" for reason in self.refused)
        if not self.changes:
            return refused
        raised = ", ".join(map(str, self.changes))
        return (*refused, f"feature levels rise after the last restart, and there is no way back: {raised}")


def plan_features(wish: FeatureWish | None, finalized: Finalized) -> FeaturePlan:
    """Return how the cluster comes to the release's levels; features that have a higher level keep it."""
    if wish is None:
        return FeaturePlan()
    refused = too_old(wish, finalized)
    if wish.release is None or refused:
        return FeaturePlan(refused=refused)
    present, wanted = finalized.get(METADATA, 0), RELEASES[wish.release]
    if present > wanted[METADATA]:
        why = (
            f"{METADATA} is {_named(present)} and kafka.metadataVersion {wish.release} would be {wanted[METADATA]}; "
            + f"Kafka does not lower it. Set kafka.metadataVersion to {release_of(present)}, or take it out"
        )
        return FeaturePlan(refused=(why,))
    return FeaturePlan(
        changes=tuple(
            FeatureChange(feature=feature, before=finalized.get(feature, 0), after=level)
            for feature, level in wanted.items()
            if finalized.get(feature, 0) < level
        )
    )


def too_old(wish: FeatureWish, finalized: Finalized) -> tuple[str, ...]:
    """Return why the version of the spec could not start on this cluster; empty when it can."""
    present, known = finalized.get(METADATA, 0), RELEASES[wish.kafka][METADATA]
    if present <= known:
        return ()
    return (
        f"kafka.version is of Kafka {wish.kafka}, which knows {METADATA} up to {known}, and the cluster has finalized "
        + f"{_named(present)}: no node of it would start. Stay at Kafka {release_of(present)} or later; "
        + "there is no way back",
    )


def not_yet_made(wish: FeatureWish) -> tuple[str, ...]:
    """Return why a cluster that is still to be made cannot have these levels; empty when it can."""
    if wish.release in (None, wish.kafka):
        return ()
    return (
        f"kafka.metadataVersion is {wish.release}, and a new cluster begins with the levels of its version, "
        + f"{wish.kafka}. Take it out, or set it to {wish.kafka}",
    )


def release_of(level: int) -> str:
    """Return the first release that finalizes this level of metadata.version, or a later one."""
    return next((name for name, levels in RELEASES.items() if levels[METADATA] >= level), "a later release")


def _named(level: int) -> str:
    return f"{level} ({release_of(level)})"

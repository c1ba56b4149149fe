"""What a movement changes beside replicas, and how it is put back: throttles and cordons, by a record in the cluster.

Guarantees: before a setting is changed, its former value is in the record; a former value is never overwritten by one
of ours, however often a run is killed and begun again; the record goes only when everything was put back and nothing
of ours is under way.
"""

from collections.abc import Sequence
from dataclasses import replace

from hooks.interfaces import MovementRecord
from hooks.planner.reassignment.model import PartitionMove
from hooks.planner.reassignment.throttling import FOLLOWER_REPLICAS, LEADER_REPLICAS, Setting, Settings, joined
from hooks.runners.world import World

_LISTS = (LEADER_REPLICAS, FOLLOWER_REPLICAS)


class Ledger:
    """The record of the movement that is under way."""

    def __init__(self, world: World) -> None:
        """Find the record that an earlier run left, if one did."""
        self._world: World = world
        self._record: MovementRecord | None = world.journal.read()
        self._saved: bool = True

    @property
    def moves(self) -> tuple[PartitionMove, ...]:
        """The moves that may be under way on our account."""
        return self._record.moves if self._record is not None else ()

    @property
    def is_open(self) -> bool:
        """Whether there is a record at all."""
        return self._record is not None

    def begin(self, purpose: str, moves: Sequence[PartitionMove]) -> None:
        """Record what will be under way from now on, before any of it is."""
        prior: Settings = self._record.prior if self._record is not None else {}
        self._write(MovementRecord(purpose=purpose, moves=tuple(moves), prior=prior))

    def apply(self, settings: Settings) -> None:
        """Record what is set now, then change it. Brokers that are away and lists that hold all replicas are left."""
        assert self._record is not None, "nothing is changed without a record"
        unknown = [setting for setting in settings if setting not in self._record.prior]
        found: Settings = self._world.reassignments.settings(unknown) if unknown else {}
        if found or not self._saved:
            self._write(replace(self._record, prior={**self._record.prior, **found}))
        wanted: dict[Setting, str | None] = {}
        for setting, value in settings.items():
            if setting in self._record.prior:
                merged = self._merged(setting, value)
                if merged is not None:
                    wanted[setting] = merged
        if wanted:
            self._world.lease.check()
            # What is refused here is not throttled; the moves are safe without.
            for setting, why in sorted(self._world.reassignments.change(wanted).items()):
                self._world.progress.warn(f"{setting.kind} {setting.name}: {setting.key} could not be set: {why}")

    def settle(self, under_way: Sequence[PartitionMove] = ()) -> tuple[str, ...]:
        """Put every setting back and forget the record; return what could not be put back and stays in the record."""
        if self._record is None:
            return ()
        self._world.lease.check()
        left: dict[Setting, str | None] = {}
        failed: dict[Setting, str] = {}
        if self._record.prior:
            failed = dict(self._world.reassignments.change(self._record.prior))
            left = {setting: self._record.prior[setting] for setting in failed}
        if left or under_way:
            self._write(replace(self._record, moves=tuple(under_way), prior=left))
        else:
            self._world.lease.check()
            self._world.journal.clear()
            self._record = None
        return tuple(
            f"{setting.kind} {setting.name}: {setting.key} could not be put back yet: {why}"
            for setting, why in sorted(failed.items())
        )

    def put_back(self, settings: Sequence[Setting]) -> tuple[str, ...]:
        """Put these settings back before their broker goes for good."""
        if self._record is None:
            return ()
        prior = {setting: self._record.prior[setting] for setting in settings if setting in self._record.prior}
        if not prior:
            return ()
        self._world.lease.check()
        failed = self._world.reassignments.change(prior)
        self._write(
            replace(
                self._record,
                prior={s: v for s, v in self._record.prior.items() if s not in prior or s in failed},
            )
        )
        return tuple(f"{setting.kind} {setting.name}: {setting.key}: {why}" for setting, why in sorted(failed.items()))

    def forget(self, brokers: Sequence[str]) -> None:
        """Drop what could not be put back on brokers that are gone for good."""
        if self._record is None:
            return
        kept = {s: v for s, v in self._record.prior.items() if not (s.kind == "broker" and s.name in brokers)}
        if kept != self._record.prior:
            self._write(replace(self._record, prior=kept))

    def _merged(self, setting: Setting, value: str | None) -> str | None:
        assert self._record is not None
        if setting.key in _LISTS and value is not None:
            return joined(self._record.prior[setting], value)
        return value

    def _write(self, record: MovementRecord) -> None:
        self._world.lease.check()
        # First here: an interruption may come when it is written already, and then it has to be cleared.
        self._record, self._saved = record, False
        self._world.journal.write(record)
        self._saved = True

"""The Topics run: make the live topics what the spec says.

    look ─> refuse what cannot be ─> let the brokers check it ─> create ─> grow ─> configure
         ─> move replicas where the factor is another ─> configure what needs it ─> delete ─> look again

Every request can be repeated, and what is left to do follows from a new look, so an interrupted run resumes by running
again. No Lease is held for that: the controller decides each request as a whole, none of them takes a replica away, and
a roll that another run has under way neither minds them nor is minded by them. Deleting is different: what it takes
does not come back, so it happens under the cluster's Lease, asked for again before each request. So do movements.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from hooks.administration import Rejection
from hooks.interfaces import Fatal, Refused
from hooks.planner.desired import Pace
from hooks.planner.factors import Refactoring
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.text import SHOWN, count, some, some_lines
from hooks.planner.topic_changes import Configure, Create, Delete, Grow, TopicChange, in_batches
from hooks.planner.topics import DesiredTopic, ObservedTopic, TopicPlan, plan_topics
from hooks.runners import holding
from hooks.runners.convergence import Headway, patiently, until_nothing_is_missing
from hooks.runners.factors import change_factors, forecast_factors, refuse_what_cannot_be
from hooks.runners.reassignment.movement import Moved
from hooks.runners.start import stops_for_good
from hooks.runners.world import World

_DONE = {Create: "created", Grow: "grew", Configure: "configured", Delete: "deleted"}
_DOING = {Create: "creating", Grow: "growing", Configure: "configuring", Delete: "deleting"}


@dataclass(frozen=True, kw_only=True)
class TopicWish:
    """What the stack says of its topics, now and when it last ran."""

    desired: tuple[DesiredTopic, ...]
    recorded: tuple[DesiredTopic, ...] = ()
    """What it managed after its last run. Its own memory: a topic does not say who made it."""
    limits: Limits = field(default_factory=Limits)
    """How fast replicas may move."""
    internal: Mapping[str, int] = field(default_factory=dict[str, int])
    """The replication factor of topics that Kafka keeps for itself, by name."""

    @property
    def names(self) -> frozenset[str]:
        """All topics that concern it."""
        return frozenset(topic.name for topic in (*self.desired, *self.recorded)) | self.internal.keys()


@dataclass(frozen=True, kw_only=True)
class TopicReport:
    """What one run did."""

    done: tuple[TopicChange, ...] = ()
    adopted: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return the summary for the user; empty when nothing was done."""
        said = [f"adopted {line}" for line in some_lines(self.adopted)]
        for kind, verb in _DONE.items():
            names = [change.topic for change in self.done if type(change) is kind]
            if names:
                said.append(f"{verb} {count(len(names), 'topic')}: {some(names)}")
        return (*said, *(moved.line() for moved in self.moved))


@dataclass(frozen=True, kw_only=True)
class TopicForecast:
    """What a run would do, and what the brokers would refuse as they are now."""

    plan: TopicPlan
    rejections: tuple[Rejection, ...] = ()
    movements: tuple[Refactoring, ...] = ()
    unfinished: bool = False
    """Whether a killed run left a movement under way."""

    @property
    def due(self) -> bool:
        """Whether a run has anything to do, or to refuse."""
        return bool(self.plan.changes or self.plan.factors or self.plan.refused or self.unfinished)

    def lines(self) -> tuple[str, ...]:
        """Return all of it as text lines."""
        said = [f"the brokers, as they are now, would refuse {rejection}" for rejection in self.rejections]
        said += [f"  {line}" for movement in self.movements for line in movement.lines()]
        said += ["a movement that an earlier run left under way is brought to its end"] if self.unfinished else []
        return (*self.plan.lines(), *said)


def forecast_topics(world: World, wish: TopicWish) -> TopicForecast:
    """Return what a run would do now, and change nothing. Raises NotYet when the brokers cannot be asked."""
    planned = plan_topics(wish.desired, wish.recorded, world.topics.observe(wish.names), wish.internal)
    unfinished = world.journal.read() is not None
    if planned.refused:
        return TopicForecast(plan=planned, unfinished=unfinished)
    return TopicForecast(
        plan=planned,
        rejections=_checked(world, planned),
        movements=forecast_factors(world, planned, wish.limits),
        unfinished=unfinished,
    )


class TopicsRun:
    """One run over the topics of one cluster."""

    def __init__(self, world: World, wish: TopicWish, pace: Pace | None = None) -> None:
        """Take the cluster, what is wanted of it, and how long to wait."""
        self._world = world
        self._wish = wish
        self._pace = pace or Pace()
        self._done: dict[tuple[type, str], TopicChange] = {}
        self._moved: list[Moved] = []
        self._headway = Headway(world=world, what="topics")

    def run(self) -> TopicReport:
        """Bring the topics to the desired state and report what was done.

        Raises Refused, Fatal, LeaseLost or EngineLost. What was done stays done, and the next run goes on from there.
        """
        with stops_for_good():
            first = patiently(self._headway, self._pace, self._look)
            refused = [f"the brokers refuse {rejection}" for rejection in _checked(self._world, first)]
            if refused:
                raise Refused((*some_lines(refused), "nothing was touched; correct the topics in the stack file"))
            moves = bool(first.factors) or patiently(self._headway, self._pace, self._is_unfinished)
            if moves:
                refuse_what_cannot_be(
                    patiently(
                        self._headway, self._pace, lambda: forecast_factors(self._world, first, self._wish.limits)
                    )
                )
            with holding.lease(self._world) if moves or first.deletes else nullcontext():
                if moves:
                    until_nothing_is_missing(self._headway, self._pace, self._step_before_factors)
                    until_nothing_is_missing(self._headway, self._pace, self._step_of_factors)
                if moves or first.changes:
                    until_nothing_is_missing(self._headway, self._pace, self._step)
        report = TopicReport(done=tuple(self._done.values()), adopted=first.adopted, moved=tuple(self._moved))
        for line in report.lines():
            self._world.progress.info(line)
        return report

    def _step(self) -> tuple[str, ...]:
        """Look, ask for what was not accepted yet, and return what is missing after that."""
        observed = self._observed()
        return self._ask_for(self._planned(observed).changes, observed)

    def _step_before_factors(self) -> tuple[str, ...]:
        """Do the same with what comes before replicas move."""
        observed = self._observed()
        return self._ask_for(self._planned(observed).before_factors, observed)

    def _step_of_factors(self) -> tuple[str, ...]:
        """Move replicas, and return the topics that had another factor, to be looked at again."""
        planned = self._look()
        if planned.factors or self._is_unfinished():
            self._moved += change_factors(self._world, planned, self._pace, self._wish.limits)
        return tuple(f"waits for {change}" for change in planned.factors)

    def _ask_for(self, changes: tuple[TopicChange, ...], observed: Mapping[str, ObservedTopic]) -> tuple[str, ...]:
        open_changes = [change for change in changes if (type(change), change.topic) not in self._done]
        self._headway.total = len(self._done) + len(open_changes)
        rejected: list[Rejection] = []
        for batch in in_batches(open_changes):
            rejected += self._asked(batch)
        waiting = [f"waits for {change.topic}" for change in changes if change not in open_changes]
        waiting += [f"waits for {change.topic}" for change in open_changes]
        return (*(str(rejection) for rejection in rejected), *waiting, *self._leaderless(observed))

    def _asked(self, batch: tuple[TopicChange, ...]) -> tuple[Rejection, ...]:
        """Ask for one batch and return what may be accepted later; what never will ends the run."""
        self._headway.say(f"{_DOING[type(batch[0])]} {some([change.topic for change in batch])}")
        if isinstance(batch[0], Delete):
            self._world.lease.check()
        rejected = self._world.topics.apply(batch)
        names = {rejection.name for rejection in rejected}
        self._done |= {(type(change), change.topic): change for change in batch if change.topic not in names}
        self._headway.done = len(self._done)
        final = [f"the brokers refuse {rejection}" for rejection in rejected if not rejection.soon]
        if final:
            did = f"{count(len(self._done), 'change')} before that stay" if self._done else "nothing was changed"
            raise Fatal((*some_lines(final), f"{did}; correct what is named, and run again"))
        return rejected

    def _leaderless(self, observed: Mapping[str, ObservedTopic]) -> tuple[str, ...]:
        """Return the topics of this run that cannot be written to yet: leaders are elected after a topic is made."""
        mine = {name for kind, name in self._done if kind in {Create, Grow}}
        return tuple(
            f"{topic.name}: {count(topic.leaderless, 'partition')} without a leader"
            for topic in observed.values()
            if topic.name in mine and topic.leaderless
        )

    def _is_unfinished(self) -> bool:
        return self._world.journal.read() is not None

    def _observed(self) -> Mapping[str, ObservedTopic]:
        return self._world.topics.observe(self._wish.names)

    def _look(self) -> TopicPlan:
        return self._planned(self._observed())

    def _planned(self, observed: Mapping[str, ObservedTopic]) -> TopicPlan:
        planned = plan_topics(self._wish.desired, self._wish.recorded, observed, self._wish.internal)
        if planned.refused:
            raise Refused((*some_lines(planned.refused, SHOWN), "the topics were left as they are"))
        return planned


def _checked(world: World, planned: TopicPlan) -> tuple[Rejection, ...]:
    """Return what the brokers would not take; what they might take later is no refusal."""
    return tuple(
        rejection
        for batch in in_batches(planned.changes)
        for rejection in world.topics.check(batch)
        if not rejection.soon
    )

"""The base of hooks whose resource is a list that the stack declares as a whole, such as all topics of one cluster.

One resource and not one per entry: it can tell an entry that left the list from the destroy of the whole cluster,
which leaves everything on its volumes; and thousands of entries cost one observation.
"""

from abc import abstractmethod
from typing import ClassVar

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, UpdateResult

from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.preview import show
from hooks.providers.resource import HookProvider
from hooks.providers.wire import Wire, changed, coerced, has_unknown, moved


class DeclaredProvider(HookProvider):
    """Shows the plan of every change before it, and leaves everything where it is when the resource goes."""

    kind: ClassVar[str]
    """What is declared, as the resource's id has it."""
    compared: ClassVar[tuple[str, ...]]
    """The inputs of which a change is one of the resource."""

    @abstractmethod
    def differs(self, olds: Wire, news: Wire, *, edited: bool) -> bool:
        """Show the plan on the resource's row and return whether an update has anything to do.

        `edited` says that inputs differ, which is all that is known of a cluster that is not seen.
        """

    @abstractmethod
    def apply(self, olds: Wire, news: Wire) -> None:
        """Bring the cluster to what these inputs declare."""

    @abstractmethod
    def farewell(self, props: Wire) -> str:
        """Say what stays when the resource goes."""

    def check(self, olds: Wire, news: Wire) -> CheckResult:
        """Give whole numbers their type back, and show the plan of a creation, for which the engine asks no diff."""
        if not olds and not has_unknown(news):
            self._look({}, coerced(news))
        return super().check(olds, news)

    def create(self, props: Wire) -> CreateResult:
        """Make what is missing, and adopt what is there."""
        self.apply({}, props)
        return CreateResult(self.name(props, self.kind), dict(props))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Show the plan, and report a change when inputs differ or what is live does."""
        if moved(olds, news):
            return DiffResult(changes=True, replaces=["connection"])
        return DiffResult(changes=self._look(olds, news))

    def update(self, _id: str, olds: Wire, news: Wire) -> UpdateResult:
        """Bring what is live to the desired state."""
        self.apply(olds, news)
        return UpdateResult(dict(news))

    def delete(self, _id: str, props: Wire) -> None:
        """Leave everything where it is: a destroyed cluster comes back with it."""
        with one_clear_error():
            EngineProgress(props["ownUrn"]).info(self.farewell(props))

    def _look(self, olds: Wire, news: Wire) -> bool:
        if has_unknown(news):
            show(news, ("part of the inputs is known only during the update, and the plan with them",))
            return True
        return self.differs(olds, news, edited=bool(changed(olds, news, self.compared)))

"""The answer to a safety question: yes, not yet, or no; the last two never without their reasons."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Go:
    """It is safe now."""


@dataclass(frozen=True)
class Wait:
    """It is not safe now; waiting can help."""

    reasons: tuple[str, ...]
    summary: str = ""
    """The reasons in one short line, for a live display."""

    def __post_init__(self) -> None:
        """Refuse a refusal without reasons."""
        _require(self.reasons)

    def __str__(self) -> str:
        """Return the summary, or the first reason and how many more there are."""
        more = f" (and {len(self.reasons) - 1} more)" if len(self.reasons) > 1 else ""
        return self.summary or "".join(self.reasons[:1]) + more


@dataclass(frozen=True)
class Stop:
    """It is not safe, and waiting does not help: somebody has to do something."""

    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a refusal without reasons."""
        _require(self.reasons)


Verdict = Go | Wait | Stop


def _require(reasons: tuple[str, ...]) -> None:
    if not reasons or not all(reasons):
        raise ValueError("a refusal carries its reasons")


def strictest(*verdicts: Verdict) -> Verdict:
    """Return the strictest of several answers with all of its kind's reasons: Stop before Wait before Go."""
    stops = [reason for verdict in verdicts if isinstance(verdict, Stop) for reason in verdict.reasons]
    if stops:
        return Stop(tuple(stops))
    waits = [reason for verdict in verdicts if isinstance(verdict, Wait) for reason in verdict.reasons]
    return Wait(tuple(waits)) if waits else Go()

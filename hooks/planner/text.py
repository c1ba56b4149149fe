"""How ids and lists read in reasons: sorted, short, and the same every time."""

from collections.abc import Iterable, Sequence

SHOWN = 5
"""How many items of a long list a line names; the rest is counted."""


def ids(numbers: Iterable[int]) -> str:
    """Return ids as Kafka prints an ISR: sorted and comma-separated, `none` for no id."""
    return ", ".join(str(number) for number in sorted(numbers)) or "none"


def some(items: Sequence[str], shown: int = SHOWN) -> str:
    """Return the first items in words and count the others."""
    if len(items) <= shown:
        return ", ".join(items)
    return f"{', '.join(items[:shown])} and {len(items) - shown} more"


def listed(items: Sequence[str]) -> str:
    """Return all items in words: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def some_lines(items: Sequence[str], shown: int = SHOWN) -> tuple[str, ...]:
    """Return the first items as lines of their own and count the others in one more."""
    if len(items) <= shown:
        return tuple(items)
    return (*items[:shown], f"and {len(items) - shown} more of the kind")


def volume(size: float) -> str:
    """Return bytes as people read them."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def count(number: int, thing: str) -> str:
    """Return a number with its noun: `1 partition`, `2 partitions`."""
    if number == 1:
        return f"{number} {thing}"
    return f"{number} {thing}{'es' if thing.endswith('ch') else 's'}"

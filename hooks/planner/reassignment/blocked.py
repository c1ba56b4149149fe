"""What stood in the way: why a plan is not better, or why there is none."""

from collections.abc import Iterator

import numpy as np

from hooks.planner.reassignment.bounds import fair_band
from hooks.planner.reassignment.crossing import fair_totals
from hooks.planner.reassignment.field import OFF_BOARD, Field
from hooks.planner.reassignment.levels import count_bounds
from hooks.planner.text import count, some


def unplaced(field: Field) -> tuple[str, ...]:
    """Return why replicas that have to move found no place; a heal leaves them waiting instead of refusing."""
    slots = np.flatnonzero((field.at.ravel() == OFF_BOARD) & np.repeat(~field.frozen, field.width))
    if not len(slots) or field.options.goal == "heal":
        return ()
    names = [str(field.placement.partitions[int(row)]) for row in np.unique(slots // field.width)]
    largest = field.size[slots // field.width].max()
    return (
        f"{count(len(slots), 'replica')} found no broker: {some(names)}; the largest has {int(largest)} bytes. Every "
        + "broker that may take them holds them already, takes nothing new, is in a rack that has its share of them, "
        + f"or would pass the disk limit of {field.options.disk_limit:.0%}; add brokers or disk, or exclude fewer",
    )


def blocked(field: Field) -> tuple[str, ...]:
    """Return what the goal asks and this cluster cannot have."""
    found = [*_waiting(field)]
    if field.options.goal in ("grow", "level"):
        found += [*_uneven_racks(field), *_uneven_counts(field), *_outside(field)]
    return tuple(found)


def _waiting(field: Field) -> Iterator[str]:
    rows = np.unique(np.flatnonzero(field.at.ravel() == OFF_BOARD) // field.width)
    if len(rows):
        names = [str(field.placement.partitions[int(row)]) for row in rows]
        yield (
            f"{count(len(rows), 'partition')} cannot be healed now: {some(names)}; no live broker of the right rack "
            + "can take their replicas: bring a broker back there, or allow other racks by relax_racks"
        )


def _uneven_racks(field: Field) -> Iterator[str]:
    """Name the racks whose total differs from what their brokers would hold in an even cluster."""
    shares, total = field.shares(), float(field.counts[field.staying].sum())
    for index, name in enumerate(field.racks):
        inside = field.rack == index
        fair, held = total * float(shares[inside].sum()), float(field.counts[inside].sum())
        if abs(held - fair) > max(int(inside.sum()), 1):
            yield (
                f"rack {name or '(none)'} holds {held:.0f} replicas and {fair:.0f} would be even: the rack spread of "
                + "the partitions fixes that; even out the racks' brokers instead"
            )


def _uneven_counts(field: Field) -> Iterator[str]:
    """Name the brokers whose replica counts stay outside their fair share."""
    totals = np.array([int(field.counts[field.rack == rack].sum()) for rack in range(len(field.racks))])
    fair, outside = fair_totals(field, totals), list[int]()
    for rack in range(len(field.racks)):
        members = np.flatnonzero((field.rack == rack) & field.staying)
        fewest, most = count_bounds(field, float(fair[rack]), members)
        counts = field.counts[members]
        outside += members[(counts < fewest) | (counts > most)].tolist()
    if outside:
        shown = some([str(int(field.ids[broker])) for broker in sorted(outside)])
        yield (
            f"replica counts stay uneven on {shown}: frozen topics, rack spread, disk limits or brokers that take "
            + "nothing new leave no better place"
        )


def _outside(field: Field) -> Iterator[str]:
    """Name the brokers whose bytes stay outside the band of their rack, with the partition that explains it."""
    band = field.options.bands.bytes
    totals = np.array([int(field.counts[field.rack == rack].sum()) for rack in range(len(field.racks))])
    fair = fair_totals(field, totals)
    for index, name in enumerate(field.racks):
        members = np.flatnonzero((field.rack == index) & field.staying)
        low, high = fair_band(field, members, fair)
        off = (field.loaded[members] < low - 1) | (field.loaded[members] > high + 1)
        if not off.any():
            continue
        slots = np.flatnonzero(np.isin(field.at.ravel(), members[off]))
        giant = slots[int(np.argmax(field.slot_size[slots]))] if len(slots) else None
        why = ""
        if giant is not None and field.slot_size[giant] > float((high - low).mean()):
            partition = field.placement.partitions[field.partition(int(giant))]
            why = f"; {partition} alone has {partition.size_bytes} bytes, more than the band is wide"
        shown = some([str(int(field.ids[member])) for member in members[off]])
        yield f"rack {name or '(none)'}: bytes stay outside {band:.0%} of the mean on {shown}{why}"

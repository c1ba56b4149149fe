"""Verdicts carry their reasons."""

import pytest

from hooks.planner.text import count, ids, some, some_lines
from hooks.planner.verdict import Go, Stop, Wait, strictest


@pytest.mark.parametrize("kind", [Wait, Stop])
@pytest.mark.parametrize("reasons", [(), ("",), ("x", "")])
def test_a_refusal_without_a_reason_cannot_be_made(kind, reasons):
    with pytest.raises(ValueError, match="a refusal carries its reasons"):
        kind(reasons)


def test_the_strictest_answer_wins_with_all_of_its_reasons():
    assert strictest() == Go()
    assert strictest(Go(), Go()) == Go()
    assert strictest(Go(), Wait(("a",)), Wait(("b",))) == Wait(("a", "b"))
    assert strictest(Wait(("a",)), Stop(("b",)), Go(), Stop(("c",))) == Stop(("b", "c"))


def test_a_wait_in_one_line_counts_what_it_leaves_out():
    assert str(Wait(("a",))) == "a"
    assert str(Wait(("a", "b", "c"))) == "a (and 2 more)"
    assert str(Wait(("a", "b"), "in short")) == "in short"


def test_lists_read_the_same_every_time():
    assert ids({2000, 0, 1000}) == "0, 1000, 2000"
    assert ids(()) == "none"
    assert some(["a", "b", "c"], 2) == "a, b and 1 more"
    assert some_lines(("a", "b", "c"), 2) == ("a", "b", "and 1 more of the kind")
    assert (count(1, "pod"), count(2, "pod")) == ("1 pod", "2 pods")

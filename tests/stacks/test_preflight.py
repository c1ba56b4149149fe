"""What the live cluster forbids stops a preview and an update; one that cannot be seen stops only an update."""

import pytest

from hooks.providers.preflight import Preflight
from stacks.preflight import Refusal, judge


def test_a_cluster_that_forbids_nothing_is_silent() -> None:
    assert judge(Preflight(), preview=True) is None
    assert judge(Preflight(), preview=False) is None


@pytest.mark.parametrize("preview", [True, False])
def test_what_the_cluster_forbids_is_said_all_at_once(preview: bool) -> None:
    with pytest.raises(Refusal) as caught:
        judge(Preflight(problems=("the first id moved", "the volume shrank")), preview=preview)
    assert "nothing was touched" in str(caught.value)
    assert "  - the first id moved\n  - the volume shrank" in str(caught.value)


def test_a_preview_without_a_cluster_says_what_it_could_not_see() -> None:
    warning = judge(Preflight(unreachable="connection refused"), preview=True)
    assert warning is not None and "not seen" in warning and "connection refused" in warning


def test_an_update_without_a_cluster_stops_and_says_what_to_check() -> None:
    with pytest.raises(Refusal, match=r"connection refused.*kafka-platform:kubernetes"):
        judge(Preflight(unreachable="connection refused"), preview=False)

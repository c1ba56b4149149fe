"""Feature levels as values: what rises, what is refused, and in which words."""

from itertools import pairwise

import pytest

from components.spec.versions import KAFKA_LINES
from hooks.planner.features import METADATA, RELEASES, FeatureWish, not_yet_made, plan_features, release_of


def test_every_line_that_kraft_runs_on_has_its_levels_and_levels_never_sink() -> None:
    assert list(RELEASES) == [line for line, found in KAFKA_LINES.items() if found.dynamic_quorum]
    releases = list(RELEASES.values())
    for older, newer in pairwise(releases):
        assert older[METADATA] < newer[METADATA]
        assert all(newer[feature] >= level for feature, level in older.items())
    assert not any("kraft.version" in levels for levels in releases)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kafka", RELEASES)
@pytest.mark.parametrize("present", RELEASES)
def test_levels_go_upwards_to_the_release_or_the_reason_is_told(present: str, kafka: str, release: str) -> None:
    planned = plan_features(FeatureWish(kafka=kafka, release=release), RELEASES[present])
    order = list(RELEASES)
    if order.index(present) > min(order.index(kafka), order.index(release)):
        assert planned.due and planned.refused and not planned.changes
        return
    after = {**RELEASES[present], **{change.feature: change.after for change in planned.changes}}
    assert not planned.refused and after == RELEASES[release]
    assert all(change.before < change.after for change in planned.changes)
    assert planned.due is (present != release)


def test_a_level_between_two_releases_and_a_feature_that_is_ahead_are_left() -> None:
    present = {METADATA: 26, "share.version": 1, "kraft.version": 1}
    planned = plan_features(FeatureWish(kafka="4.3", release="4.1"), present)
    assert [change.feature for change in planned.changes] == [
        METADATA,
        "transaction.version",
        "group.version",
        "eligible.leader.replicas.version",
    ]
    assert release_of(26) == "4.1" and release_of(99) == "a later release"
    (line,) = planned.lines()
    assert "there is no way back: metadata.version: 26 -> 27" in line


def test_without_a_release_the_levels_stay_and_only_a_version_that_cannot_start_is_refused() -> None:
    """Scenario 39."""
    assert not plan_features(None, RELEASES["4.3"]).due
    assert not plan_features(FeatureWish(kafka="4.3"), RELEASES["3.9"]).due
    (line,) = plan_features(FeatureWish(kafka="4.1"), RELEASES["4.3"]).lines()
    assert line.startswith("refused: kafka.version is of Kafka 4.1") and "30 (4.3)" in line


def test_a_new_cluster_begins_with_the_levels_of_its_version() -> None:
    assert not_yet_made(FeatureWish(kafka="4.3")) == not_yet_made(FeatureWish(kafka="4.3", release="4.3")) == ()
    assert "begins with the levels of its version, 4.3" in not_yet_made(FeatureWish(kafka="4.3", release="4.1"))[0]

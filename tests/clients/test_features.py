"""Claims about feature levels on Kafka's wire: what is read, and what is asked for, all together and only upwards."""

from collections.abc import Callable
from typing import Any

import pytest
from kafka.protocol.admin import UpdateFeaturesResponse

from hooks.clients.features import KafkaFeatures
from hooks.planner.features import FeatureChange
from tests.clients.test_administration import Client, wire

CHANGES = (
    FeatureChange(feature="metadata.version", before=21, after=30),
    FeatureChange(feature="group.version", before=0, after=1),
)


class Brokers(Client):
    """Brokers that know a feature which nobody has finalized."""

    def describe_features(self) -> dict[str, Any]:
        return {
            "metadata.version": {"supported": (7, 30), "finalized": (7, 21), "finalized_epoch": 5},
            "group.version": {"supported": (0, 1)},
        }


def answered(code: int, version: int, *each: int) -> Callable[[], Any]:
    """Return an answer, with a result for each feature where its version has them."""
    results = [
        UpdateFeaturesResponse.UpdatableFeatureResult(feature=one.feature, error_code=each_code, error_message="no")
        for one, each_code in zip(CHANGES, each, strict=False)
    ]
    answer = UpdateFeaturesResponse(
        throttle_time_ms=0, error_code=code, error_message="no" if code else None, results=results
    )
    return lambda: wire(answer, version)


def test_the_levels_that_are_finalized_are_read_and_no_others() -> None:
    assert KafkaFeatures(Brokers(None)).finalized() == {"metadata.version": 21}


@pytest.mark.parametrize("validates", [True, False])
def test_all_levels_go_in_one_request_and_only_upwards(validates: bool) -> None:
    client = Brokers(answered(0, 2)())
    features = KafkaFeatures(client)
    assert (features.check if validates else features.apply)(CHANGES) == ()
    ((request, _),) = client.sent
    assert request.validate_only is validates and request._min_version >= 1
    asked = [(one.feature, one.max_version_level, one.upgrade_type) for one in request.feature_updates]
    assert asked == [("metadata.version", 30, 1), ("group.version", 1, 1)]


def test_a_refusal_is_told_for_all_or_for_each() -> None:
    (rejected,) = KafkaFeatures(Brokers(answered(95, 2)())).apply(CHANGES)
    assert "metadata.version: 21 -> 30" in rejected.name and "InvalidUpdateVersion" in rejected.why
    assert not rejected.soon
    (rejected,) = KafkaFeatures(Brokers(answered(0, 1, 0, 95)())).apply(CHANGES)
    assert rejected.name == "group.version"

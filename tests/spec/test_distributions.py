"""Distributions: what each promises of its images, and what we must not do to them."""

from pathlib import PurePosixPath
from typing import Any

import pytest

from components.spec.distributions import DISTRIBUTIONS, Distribution
from components.spec.rendering import render_cluster
from tests.spec.clusters import cluster, kraft_config, zookeeper_config

TEMPLATES: list[Any] = [
    pool.template
    for config in (zookeeper_config(), kraft_config())
    for pools in render_cluster(cluster(config)).values()
    for pool in pools
]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS.values(), ids=lambda one: one.name)
def test_no_mount_of_ours_lies_above_a_volume_that_an_image_declares(distribution: Distribution) -> None:
    # The runtime would put an empty volume of its own there, over ours, and throw it away with the container.
    mounts = {
        PurePosixPath(mount["mountPath"])
        for template in TEMPLATES
        for container in template["spec"]["containers"]
        for mount in container["volumeMounts"]
    }
    assert distribution.volumes
    assert not {mount for volume in distribution.volumes for mount in PurePosixPath(volume).parents} & mounts

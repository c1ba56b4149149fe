"""What is written into every stack's state: types, places, and the provider by reference."""

import os
import subprocess
import sys

import pytest
from pulumi.dynamic import ResourceProvider

from hooks.providers.brokers import Brokers, BrokersProvider
from hooks.providers.connectors import Connectors, ConnectorsProvider
from hooks.providers.ensemble import Ensemble, EnsembleProvider
from hooks.providers.guard import Guard, GuardProvider
from hooks.providers.identity import Identity, IdentityProvider
from hooks.providers.logins import Logins, LoginsProvider
from hooks.providers.schemas import Schemas, SchemasProvider
from hooks.providers.topics import Topics, TopicsProvider
from hooks.providers.users import Users, UsersProvider
from hooks.providers.zookeeper_login import ZooKeeperLogin, ZooKeeperLoginProvider
from tests.contracts.engine import PROJECT, serialized


def test_type_tokens_never_change() -> None:
    found = [
        kind._resource_type_name
        for kind in (Identity, Ensemble, Guard, Brokers, Topics, Users, Logins, Connectors, Schemas, ZooKeeperLogin)
    ]
    assert found == [
        "dynamic/kafka:Identity",
        "dynamic/kafka:Ensemble",
        "dynamic/kafka:Guard",
        "dynamic/kafka:Brokers",
        "dynamic/kafka:Topics",
        "dynamic/kafka:Users",
        "dynamic/kafka:Logins",
        "dynamic/kafka:Connectors",
        "dynamic/kafka:Schemas",
        "dynamic/kafka:ZooKeeperLogin",
    ]


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (IdentityProvider, "hooks.providers.identity IdentityProvider"),
        (EnsembleProvider, "hooks.providers.ensemble EnsembleProvider"),
        (GuardProvider, "hooks.providers.guard GuardProvider"),
        (BrokersProvider, "hooks.providers.brokers BrokersProvider"),
        (LoginsProvider, "hooks.providers.logins LoginsProvider"),
        (TopicsProvider, "hooks.providers.topics TopicsProvider"),
        (ConnectorsProvider, "hooks.providers.connectors ConnectorsProvider"),
        (SchemasProvider, "hooks.providers.schemas SchemasProvider"),
        (UsersProvider, "hooks.providers.users UsersProvider"),
        (ZooKeeperLoginProvider, "hooks.providers.zookeeper_login ZooKeeperLoginProvider"),
    ],
)
def test_modules_and_classes_stay_where_old_states_look_for_them(kind: type[ResourceProvider], place: str) -> None:
    assert f"{kind.__module__} {kind.__qualname__}" == place


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_the_serialized_provider_is_the_same_in_every_process(hash_seed: str) -> None:
    program = (
        "from hooks.providers.brokers import BrokersProvider\n"
        "from tests.contracts.engine import serialized\n"
        "print(serialized(BrokersProvider()))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == serialized(BrokersProvider())


@pytest.mark.parametrize(
    "kind",
    [
        IdentityProvider,
        EnsembleProvider,
        GuardProvider,
        BrokersProvider,
        LoginsProvider,
        TopicsProvider,
        UsersProvider,
        ConnectorsProvider,
        SchemasProvider,
        ZooKeeperLoginProvider,
    ],
)
def test_the_serialized_provider_is_a_reference_and_no_copy_of_the_code(kind: type[ResourceProvider]) -> None:
    assert len(serialized(kind())) < 120


def test_the_serialized_provider_is_readable_in_the_state() -> None:
    assert not BrokersProvider().serialize_as_secret_always

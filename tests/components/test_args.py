"""The boundary and the model inside say the same, and every argument says what it is."""

import ast
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from components import args, network_args, pod_args
from components.spec import model, peers, pod_settings

PAIRS: list[tuple[Any, Any]] = [
    (args.ResourcesArgs, model.Resources),
    (args.StorageArgs, model.Storage),
    (args.JvmArgs, model.Jvm),
    (args.ExternalArgs, model.External),
    (args.BrokerRackArgs, model.BrokerRack),
    (args.ServerRackArgs, model.ServerRack),
    (args.ControllerRackArgs, model.ControllerRack),
    (args.KafkaArgs, model.KafkaSpec),
    (args.ZooKeeperArgs, model.ZooKeeperSpec),
    (args.ControllersArgs, model.ControllersSpec),
    (args.ClusterArgs, model.ClusterSpec),
    (pod_args.PodArgs, pod_settings.PodSettings),
    (pod_args.TolerationArgs, pod_settings.Toleration),
    (pod_args.ExtraVolumeArgs, pod_settings.ExtraVolume),
    (pod_args.VariableArgs, pod_settings.Variable),
    (network_args.PeerArgs, peers.Peer),
    (network_args.NetworkPoliciesArgs, peers.NetworkPolicies),
]


@pytest.mark.parametrize(("boundary", "inside"), PAIRS, ids=lambda kind: kind.__name__)
def test_the_boundary_has_the_fields_of_the_model(boundary: Any, inside: Any) -> None:
    assert set(boundary.__annotations__) == {field.name for field in fields(inside)}


@pytest.mark.parametrize("module", [args, network_args, pod_args])
def test_every_argument_has_a_string_under_it(module: Any) -> None:
    tree = ast.parse(Path(module.__file__).read_text())
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for field, below in zip(kind.body, [*kind.body[1:], None], strict=True):
            if isinstance(field, ast.AnnAssign):
                assert isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant), ast.unparse(field)

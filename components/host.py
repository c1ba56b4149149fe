"""Hosts the components as a Pulumi package: the engine asks for the schema, then for one component after the other.

A program in another language gives the arguments in the spelling of a stack file; here they are read by the same parser
and the same components are made of them. There are no hooks in the package (docs/decisions/0075).
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Final, cast

import pulumi
from pulumi.output import Unknown
from pulumi.provider import ConstructResult, Provider, main

from components.args import ClusterArgs, cluster_args
from components.kafka.certificates import ClusterCertificates
from components.kafka.cluster import KafkaCluster
from components.kafka.controllers import ControllerQuorum
from components.schema import outputs_of, package_schema
from components.spec.parsing import parse_cluster
from components.spec.problems import Problem, SpecError
from components.spec.reading import camel_case
from components.zookeeper.ensemble import ZooKeeperEnsemble
from contract import PREFIX

#: That of the project; programs name it when they add the package.
VERSION: Final = "0.1.0"
#: What a program in another language can make. A BrokerPool comes with its KafkaCluster, one for each rack.
COMPONENTS: Final = (ClusterCertificates, ControllerQuorum, KafkaCluster, ZooKeeperEnsemble)


class PackageProvider(Provider):
    """Makes components for the engine."""

    def __init__(self) -> None:
        """Know the components and their schema."""
        super().__init__(VERSION, json.dumps(package_schema(PREFIX, VERSION, COMPONENTS)))
        self._makers = {f"{PREFIX}:index:{kind.__name__}": kind for kind in COMPONENTS}

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, pulumi.Input[object]],
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make a component, or refuse its arguments with every problem at its path."""
        kind = self._makers[resource_type]
        try:
            made = kind(name, read_inputs(inputs), options)
        except SpecError as error:
            told = [pulumi.InputPropertyErrorDetails(property_path=p.path, reason=p.reason) for p in error.problems]
            raise pulumi.InputPropertiesError(error.head, told) from None
        return ConstructResult(made.urn, {key: getattr(made, field) for key, field in outputs_of(kind).items()})


def read_inputs(inputs: Mapping[str, object]) -> ClusterArgs:
    """Return the arguments that the engine's inputs are, checked; raise SpecError with every problem."""
    problems = [problem for key, value in inputs.items() for problem in _not_plain(value, key)]
    if "updates" not in inputs:
        why = "there are no hooks in the package, so whoever restarts nodes is to be named"
        todo = "write rolling, or hooks where `python -m hooks` is run beside it"
        problems.append(Problem(path="updates", given=None, allowed="rolling or hooks", why=why, todo=todo))
    if problems:
        raise SpecError(problems)
    return cluster_args(parse_cluster(inputs, camel_case))


def _not_plain(value: object, path: str) -> list[Problem]:
    """Report every value that is known only later, or is a secret: it would end in a ConfigMap in clear."""
    if isinstance(value, Mapping):
        inside = cast(Mapping[str, object], value).items()
        return [problem for key, item in inside for problem in _not_plain(item, f"{path}.{key}")]
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = enumerate(cast(Sequence[object], value))
        return [problem for index, item in items for problem in _not_plain(item, f"{path}[{index}]")]
    if not isinstance(value, pulumi.Output | Unknown):
        return []
    return [
        Problem(
            path=path,
            given="an output or a secret",
            allowed="a value that is written out, or comes from the stack's plain configuration",
            why="the arguments decide which resources exist, and end in ConfigMaps in clear",
            todo="write the value itself; the option dependsOn comes after a resource, and secrets belong in a Secret",
        )
    ]


def serve() -> None:
    """Serve until the engine ends it."""
    main(PackageProvider(), sys.argv[1:])

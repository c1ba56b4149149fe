"""A program that has the components as one in another language has them: from the engine, and nothing imported."""

import json
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

GIVEN = json.loads(Path("given.json").read_text())


class Remote(pulumi.ComponentResource):
    """A component that the package makes."""

    bootstrap: pulumi.Output[str]
    externalBootstrap: pulumi.Output[str]

    def __init__(self, kind: str, outputs: tuple[str, ...], opts: pulumi.ResourceOptions) -> None:
        """Ask the engine for it."""
        properties = {**GIVEN["arguments"], **dict.fromkeys(outputs)}
        super().__init__(f"kafka-platform:index:{kind}", "kafka", properties, opts, remote=True)


provider = k8s.Provider(
    "kubernetes", kubeconfig=GIVEN["kubeconfig"], context=GIVEN["context"], cluster_identifier="package"
)
namespace = k8s.core.v1.Namespace(
    "namespace",
    metadata={
        "name": GIVEN["arguments"]["namespace"],
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    },
    opts=pulumi.ResourceOptions(provider=provider),
)


def after(resource: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return the options of a component that comes after another resource."""
    return pulumi.ResourceOptions(providers=[provider], depends_on=[resource])


quorum = Remote("ControllerQuorum", ("bootstrap",), after(namespace))
cluster = Remote("KafkaCluster", ("bootstrap", "externalBootstrap"), after(quorum))
pulumi.export("bootstrap", cluster.bootstrap)
pulumi.export("externalBootstrap", cluster.externalBootstrap)

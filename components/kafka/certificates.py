"""The certificates that cert-manager makes: one for all nodes, one for the hooks."""

from collections.abc import Mapping
from typing import cast

import pulumi
import pulumi_kubernetes as k8s

from components.args import ClusterArgs
from components.objects import metadata, resource_name
from components.spec.certificates import certificate_objects
from components.spec.parsing import parse_cluster
from components.spec.problems import missing
from contract import LABEL_CLUSTER


class ClusterCertificates(pulumi.ComponentResource):
    """Certificate objects for cert-manager, which fills the Secrets that pods and hooks read, and renews them."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check the arguments, all of them, and create the Certificate objects."""
        spec = parse_cluster(cast(Mapping[str, object], args))
        wanted = certificate_objects(spec)
        if not wanted:
            why = "cert-manager makes certificates only from that source on"
            raise missing("kafka.tls", why, "write source: cert-manager and an issuer")
        super().__init__("kafka-platform:index:ClusterCertificates", name, None, opts)
        labels = {LABEL_CLUSTER: spec.kafka.name}
        for secret, body in wanted.items():
            k8s.apiextensions.CustomResource(
                resource_name(spec.namespace, secret),
                api_version="cert-manager.io/v1",
                kind="Certificate",
                metadata=metadata(spec.namespace, secret, labels),
                spec=body,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})

"""The Certificates hook: keys and certificates that the platform generates, kept in the cluster and nowhere else."""

from typing import TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from contract import CertificateArgs
from hooks.providers.engine import one_clear_error
from hooks.providers.resource import HookProvider, inputs, own_urn
from hooks.providers.wire import ConnectionArgs, Wire, changed, connection, moved

_INPUTS = ("connection", "certificates", "issue")


class CertificatesArgs(TypedDict):
    """Inputs of the Certificates hook."""

    connection: pulumi.Input[ConnectionArgs]
    certificates: CertificateArgs
    issue: str
    """Which issue the Secrets must hold; the preflight counts it up when one is due."""


class CertificatesProvider(HookProvider):
    """Makes Secrets and renews them; never deletes one."""

    def create(self, props: Wire) -> CreateResult:
        """Make what is missing; what an earlier destroy left is used again."""
        _ensure(props)
        return CreateResult(self.name(props, "certificates"), dict(props))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Report a change of the inputs, such as a renewal that is due."""
        if moved(olds, news):
            return DiffResult(changes=True, replaces=["connection"])
        return DiffResult(changes=bool(changed(olds, news, _INPUTS)))

    def update(self, _id: str, _olds: Wire, news: Wire) -> UpdateResult:
        """Make what is missing or due."""
        _ensure(news)
        return UpdateResult(dict(news))

    def delete(self, _id: str, _props: Wire) -> None:
        """Leave the Secrets: the next cluster on the same volumes speaks with the same authority."""


class Certificates(Resource, module="kafka", name="Certificates"):
    """The generated certificates of one Kafka cluster; the keys are in no input, output or state."""

    def __init__(self, name: str, args: CertificatesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        super().__init__(CertificatesProvider(), name, inputs(args, own_urn("Certificates", name, opts)), opts)


def _ensure(props: Wire) -> None:
    # Imported here: the clients take longer to import than a whole check.
    from hooks.connect import certificates, demand  # noqa: PLC0415

    with one_clear_error(), certificates(connection(props)) as secrets:
        secrets.ensure(demand(props["certificates"]), str(props["issue"]))

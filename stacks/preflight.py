"""Asks the live cluster what it forbids, before the first resource is registered."""

import pulumi

from components.spec.certificates import certificate_wish
from components.spec.distributions import DISTRIBUTIONS
from components.spec.model import ClusterSpec
from components.spec.rendering import wishes
from components.spec.revision import issue_digest
from components.spec.versions import parse_version
from components.spec.zookeeper_acl import access
from components.spec.zookeeper_stages import stage
from contract import Component, ZooKeeperAcl, ZooKeeperTls
from hooks.planner.upgrade import PROTOCOL
from hooks.providers.preflight import Preflight, preflight, put_back, remember
from hooks.providers.wire import ConnectionArgs, FeaturesArgs, ProtocolArgs
from stacks.changes import changes


def feature_wish(spec: ClusterSpec) -> FeaturesArgs | None:
    """Return what the spec says of feature levels; None with ZooKeeper, which has none."""
    version = parse_version(spec.kafka.version)
    if spec.kafka.mode == "zookeeper" or version is None:
        return None
    wish: FeaturesArgs = {"kafka": DISTRIBUTIONS[spec.kafka.distribution].lines[version.line].kafka}
    if spec.kafka.metadata_version is not None:
        wish["release"] = spec.kafka.metadata_version
    return wish


def protocol_wish(spec: ClusterSpec) -> ProtocolArgs | None:
    """Return how brokers are to speak to each other with ZooKeeper; None in KRaft, which has feature levels."""
    version = parse_version(spec.kafka.version)
    if spec.kafka.mode == "kraft" or version is None:
        return None
    wish: ProtocolArgs = {"kafka": DISTRIBUTIONS[spec.kafka.distribution].lines[version.line].kafka}
    if PROTOCOL in spec.kafka.config:
        wish["protocol"] = str(spec.kafka.config[PROTOCOL])
    return wish


class Refusal(Exception):
    """The live cluster cannot be brought to what the stack says; the message says why and what to do."""


def check_live(spec: ClusterSpec, at: ConnectionArgs) -> str | None:
    """Raise Refusal when the live cluster forbids the spec, or when an update cannot see it at all.

    Returns which issue of the certificates is in use, None when that is not known.
    """
    asked = [
        {
            "component": component,
            "mode": spec.kafka.mode,
            "pools": pools,
            "features": feature_wish(spec),
            "protocol": protocol_wish(spec),
            **_stage(spec, component),
        }
        for component, pools in wishes(spec).items()
        if pools
    ]
    certificates = certificate_wish(spec)
    found, preview = preflight(at, asked, certificates, issue_digest), pulumi.runtime.is_dry_run()
    warning = judge(found, preview=preview)
    if found.away and not preview:
        put_back(at, spec.kafka.mode, found.away)
    if certificates is not None and found.issue is not None and not preview:
        remember(at, certificates, (found.issue, issue_digest))
    if warning is not None:
        pulumi.log.warn(warning)
    elif pulumi.runtime.is_dry_run():
        said = changes(spec, at)
        if said:
            pulumi.log.info("\n  ".join(("what restarts will change:", *said)))
    return found.issue


def _stage(spec: ClusterSpec, component: Component) -> dict[str, ZooKeeperTls | ZooKeeperAcl]:
    """Say which stages the ensemble is to have: the live one may be too far from them."""
    return {"tls": stage(spec), "acl": access(spec)} if component == "zookeeper" else {}


def judge(found: Preflight, *, preview: bool) -> str | None:
    """Return what a preview should warn of, if anything, or raise Refusal.

    A preview never fails for want of a cluster; an update that cannot see it would act blindly, and stops.
    """
    if found.problems:
        lines = "\n".join(f"  - {problem}" for problem in found.problems)
        raise Refusal(f"the live cluster forbids what the stack says; nothing was touched:\n{lines}")
    if found.unreachable is None:
        return None
    if preview:
        return f"the cluster was not seen, so the plan follows from the inputs alone: {found.unreachable}"
    raise Refusal(
        f"the cluster cannot be reached, so nothing was touched: {found.unreachable}. "
        + "Check kafka-platform:kubernetes (kubeconfig and context) with `kubectl cluster-info`, and run again"
    )

"""What live pods are made of, asked by the program in a preview so that it can show old and new values."""

from collections.abc import Mapping

from contract import Component
from hooks.clients.contents import PodContents
from hooks.interfaces import HookError
from hooks.providers.wire import ConnectionArgs, connection

__all__ = ["PodContents", "stale_pods"]


def stale_pods(at: ConnectionArgs, wanted: Mapping[Component, frozenset[str]]) -> tuple[PodContents, ...]:
    """Return the pods of another revision than those wanted, by component; none when the cluster cannot be asked."""
    # Imported here: the clients take longer to import than the rest of a program.
    from hooks.clients.clock import MachineClock  # noqa: PLC0415
    from hooks.clients.connection import PREVIEW  # noqa: PLC0415
    from hooks.clients.contents import contents  # noqa: PLC0415
    from hooks.clients.rest import ApiServer  # noqa: PLC0415

    try:
        api = ApiServer(connection({"connection": at}), MachineClock(), PREVIEW)
        return tuple(pod for component, digests in wanted.items() for pod in contents(api, component, digests))
    except HookError:
        return ()

"""The identity of a cluster: made once, read ever after."""

from hooks.interfaces import Identity, IdentityRecord


def ensure(identity: Identity, proposed: IdentityRecord) -> IdentityRecord:
    """Return the recorded identity, creating it from the proposal when there is none.

    The caller proposes new random ids; they are used only for a cluster that has never existed. Two concurrent
    creations agree, since the second one reads what the first one wrote.
    """
    recorded = identity.read()
    return recorded if recorded is not None else identity.create(proposed)

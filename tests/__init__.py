"""Tests: every one a claim, by its name."""

import warnings

with warnings.catch_warnings():
    # Warnings are errors here; kafka-python reads its schemas by a call that Python has deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    import kafka.protocol.admin  # noqa: F401

    import hooks.clients.unregister  # noqa: F401

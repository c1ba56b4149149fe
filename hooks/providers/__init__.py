"""Day-two operations as Pulumi dynamic resources: thin, stateless, translating between the engine and the runners.

Module paths and class names here are a state contract: they are written into every stack's state, by reference, so that
present code runs on old state. A moved class leaves an alias at its old place for ever. Not to be confused with
Pulumi's own ResourceHook.
"""

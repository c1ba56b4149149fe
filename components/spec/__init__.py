"""Pure desired state: what a stack file says, checked, and what files, ids, sizes and digests follow from it.

Nothing here knows Pulumi, a cluster, a clock or the environment; everything is a function of its arguments.
"""

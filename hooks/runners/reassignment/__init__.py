"""Moving replicas on a live cluster: the loop over `hooks.planner.reassignment`, under the Lease and with a record."""

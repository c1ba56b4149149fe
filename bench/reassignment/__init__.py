"""The reassignment planner beside its peers, on six clusters: what each moves, how even it ends, what it takes."""

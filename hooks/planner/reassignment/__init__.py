"""Which replicas should move: pure, from a placement and a goal to a movement plan with its bounds and reasons.

numpy and OR-tools are imported only when a plan is made: a plain roll never loads them.
"""

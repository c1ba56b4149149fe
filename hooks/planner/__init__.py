"""Pure planning: a snapshot and a wish in, a plan with reasons out. No I/O, no clock, no randomness.

To read in one sitting, in this order:

    snapshot, desired    what was observed, what is wanted
    verdict, text        Go, Wait and Stop with their reasons, and how those read
    situation, standing  a snapshot seen through a wish: who is expected, stale, down; how far each node is
    quorum               is the quorum safe, and without one member
    availability         may a broker, or a batch, be away now, partition by partition
    recovery             is a restarted node fully back
    restarts             who restarts, why, in which order
    batches              who restarts together, and the fewest batches that are possible
    step                 what to do next: the one decision of a roll
    growth, preflight    which pools grow, and which shapes are refused
    deletion             may a StatefulSet go
    plan, notes, render  the whole plan for a preview, as lines and as data
"""

"""`make bench`: the planner alone, then the running local platform: no-change `up`, bare restarts, a roll.

    planner     seconds for a plan, and for one step, against reading the same snapshot once
    no change   `pulumi up` of the stack against `pulumi up` of an empty program
    roll        seconds per broker in a roll against one bare restart (delete the pod, wait for full ISR)

It brings the local stack up first and leaves it up.
"""

import sys

from bench import planner, roll
from dev.progress import Progress
from dev.up import up_command


def main() -> int:
    """Run every measurement and print its figures."""
    progress = Progress()
    for line in planner.lines():
        progress.say(line)
    if status := up_command(["local"], progress):
        return status
    stack = roll.local_stack(progress)
    for line in (*roll.no_change(stack), *roll.restarts(stack)):
        progress.say(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Our planner on one task, in a process of its own: cluster, task, band and the file for the answer as arguments."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.reassignment.clusters import CLUSTERS, Cluster, task
from bench.reassignment.driver import peak_megabytes
from bench.reassignment.peers import Answer, read_answer
from hooks.planner.reassignment.plan import plan_movement


def ask(cluster: Cluster, task_name: str, band: float) -> Answer:
    """Plan in a process of its own, so that its memory is its own too."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        words = [cluster.name, task_name, str(band), str(answer)]
        subprocess.run([sys.executable, "-m", "bench.reassignment.ours", *words], check=True)
        return read_answer(answer)


def main() -> None:
    """Plan once, libraries loaded by it included, and write the answer."""
    name, task_name, band, target = sys.argv[1:]
    placement, options = task(CLUSTERS[name], task_name, float(band))
    start, used = time.monotonic(), time.process_time()
    plan = plan_movement(placement, options)
    seconds, cpu = time.monotonic() - start, time.process_time() - used
    answer = {
        "seconds": seconds,
        "cpu": cpu,
        "megabytes": peak_megabytes(),
        "replicas": [partition.replicas for partition in placement.after(plan.moves).partitions],
    }
    Path(target).write_text(json.dumps(answer))


if __name__ == "__main__":
    main()

"""Writes docs/scenarios.md: what may happen to a Kafka cluster in operation, and which test tells the story of each.

A test carries the numbers of its scenarios in its docstring: `Scenario 5.`, `Scenarios 4 and 12: ...`.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from dev import PROJECT
from dev.progress import Progress

TARGET = PROJECT / "docs" / "scenarios.md"
_HEAD = """# Scenarios

What may happen to a Kafka cluster in operation, by number, and the tests that tell its story. A test names its
scenarios in its docstring; `make scenarios` writes this page, and a test keeps what it claims true.

| no. | scenario | tests |
|---|---|---|
"""
_NUMBERS = re.compile(r"\bScenarios? (\d+(?:(?:, | and | to )\d+)*)")
_TITLES = """
1 a healthy cluster rolls, the active controller last
2 nothing changed
3 the controller moves in mid-roll
4 an earlier run stopped half-way
5 replicas of somebody else are out of sync before the start
6 a dead broker of the old revision
7 a broker that is unready because of its old configuration
8 partitions with one replica
9 min ISR of all replicas
10 an offline partition whose only replica is on the unready broker
11 a reassignment of somebody else
12 a broker that freezes after it became ready
13 a log recovery that takes long
14 a pod that no node takes
15 a crash loop before the roll, at the present or the old revision
16 a stop that exceeds its grace
17 somebody else takes a broker away in mid-roll
18 two runs at once, and a Lease whose holder is gone
19 a change that needs no restart
20 a thread count far from the present one
21 a dynamic change that one broker refuses
22 an override by hand that hides the new value
23 min.insync.replicas with eligible leader replicas
24 batches, and topics that are created meanwhile
25 a canary that fails in mid-roll
26 an image that cannot be pulled
27 an image that crashes
28 an image that never gets in sync
29 a configuration that does not start
30 a second broker at a bad revision
31 a log that only the new version can read
32 an upgrade, the image first
33 an upgrade that stopped between its phases
34 an upgrade that stopped inside its second phase
35 a feature update that a removed node forbids
36 features that move by accident
37 a downgrade before the second phase
38 a downgrade after the second phase
39 versions that cannot be skipped
40 image, configuration and size change at once
41 clients that are too old for the new version
42 a kill after a deletion
43 a kill after a reassignment was submitted
44 a kill that leaves throttles behind
45 a kill between leaving the quorum and stopping
46 the API server or the brokers are away for minutes
47 cancel, refresh or destroy in mid-roll
48 a preview
49 brokers are added
50 a new broker with the id and the volume of an earlier one
51 a rebalance within racks and disks
52 brokers are added while a roll is due
53 racks of unequal size
54 a broker is drained and removed
55 fewer brokers than replicas
56 fewer racks than replicas
57 a topic is created on a broker that is being drained
58 a reassignment of somebody else while we move replicas
59 the broker that is being drained dies
60 the target of a move dies
61 targets without room on their disks
62 a broker in the middle of its pool is to go
63 internal topics are drained too
64 a lost node whose volume is intact
65 a lost volume with other replicas in sync
66 a lost volume that held the only replica
67 a pod that terminates for ever on a lost node
68 a zone goes away in mid-roll
69 a directory of another cluster, or of none
70 a controller that lags
71 the quorum's leader, and small quorums
72 the quorum before the brokers
73 a voter is added
74 the leader of the quorum is removed
75 a controller's volume was replaced
76 a static quorum is to be resized
77 nodes that are broker and controller
78 a ZooKeeper ensemble rolls and changes its size
79 from ZooKeeper to KRaft, and back
80 a volume grows
81 a certificate is renewed
82 a certificate authority is replaced
83 a certificate has expired
84 the hooks' own credentials change
85 a load balancer is slower than its broker
86 somebody edits objects in mid-roll
87 leaders go back where they belong
"""


def titles() -> dict[int, str]:
    """Return every scenario by its number."""
    numbered = (line.partition(" ") for line in _TITLES.strip().splitlines())
    return {int(number): title for number, _, title in numbered}


def carried() -> dict[int, list[str]]:
    """Return the tests that carry each number, as `path::name`, sorted."""
    found: dict[int, list[str]] = {}
    for path in sorted((PROJECT / "tests").rglob("test_*.py")):
        for name, told in _stories(path):
            for number in _numbers(told):
                found.setdefault(number, []).append(f"{path.relative_to(PROJECT)}::{name}")
    return found


def text() -> str:
    """Return the whole page."""
    tests = carried()
    rows = [f"| {number} | {title} | {_cell(tests.get(number, []))} |" for number, title in titles().items()]
    return _HEAD + "\n".join(rows) + "\n"


def command(_arguments: Sequence[str], progress: Progress) -> int:
    """`make scenarios`."""
    TARGET.write_text(text())
    covered = len(carried().keys() & titles().keys())
    progress.say(f"wrote {TARGET.relative_to(PROJECT)}: {covered} of {len(titles())} scenarios have a test")
    return 0


def _stories(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and docstring of every test of a module."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""


def _numbers(told: str) -> set[int]:
    """Return the scenarios that a docstring names: `4, 18 and 42`, `26 to 29`."""
    found: set[int] = set()
    for listed in _NUMBERS.findall(told):
        for part in re.split(r", | and ", listed):
            first, _, last = part.partition(" to ")
            found.update(range(int(first), int(last or first) + 1))
    return found


def _cell(tests: Sequence[str]) -> str:
    return "<br>".join(f"`{test}`" for test in tests) or "none yet"

"""Plans as files: a preview keeps what it showed, and an update insists on it.

Both are asked for by the environment of `pulumi`, so that neither changes a stack: a pipeline keeps the folder of the
pull request's preview as an artifact and gives it to the update after the merge.
"""

import json
import os
from pathlib import Path
from typing import Final

from hooks.clients.connection import Connection
from hooks.interfaces import Refused
from hooks.planner.promise import Promises, digest

SAVE: Final = "KAFKA_PLATFORM_SAVE_PLANS"
"""Names the folder that previews write to."""
INSIST: Final = "KAFKA_PLATFORM_INSIST_ON_PLANS"
"""Names the folder that updates insist on."""


def save(at: Connection, component: str, promised: Promises) -> None:
    """Write what would be done, where that is asked for. Raises Refused when it cannot be written.

    Never where somebody insists: an update looks too, and would write over what it is held to.
    """
    folder = os.environ.get(SAVE)
    if not folder or os.environ.get(INSIST):
        return
    file = _file(folder, at, component)
    content = {"digest": digest(promised), "promises": list(promised)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content, indent=2) + "\n")
    except OSError as error:
        raise Refused((f"the plan cannot be kept: {error}", f"set {SAVE} to a folder that can be written")) from error


def insisted_on(at: Connection, component: str) -> frozenset[str] | None:
    """Return what an update may do; None where nobody insists. A component without a file may do nothing.

    Raises Refused when a file cannot be read, or is not what a preview wrote.
    """
    folder = os.environ.get(INSIST)
    if not folder:
        return None
    file = _file(folder, at, component)
    if not Path(folder).is_dir():
        raise Refused((f"{INSIST} is {folder}, and there is no such folder", "give it the one that a preview wrote"))
    try:
        content = json.loads(file.read_text())
        promised = tuple(str(line) for line in content["promises"])
        whole = content["digest"] == digest(promised)
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused((f"{file} cannot be read as a plan: {error}", "give what a preview wrote")) from error
    if not whole:
        raise Refused((f"{file} was changed after a preview wrote it: its digest is another", "run a preview again"))
    return frozenset(promised)


def _file(folder: str, at: Connection, component: str) -> Path:
    return Path(folder) / f"{at.namespace}-{at.cluster}-{component}.json"

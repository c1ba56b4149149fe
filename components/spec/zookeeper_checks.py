"""Rules for ZooKeeper's own keys. It defines them in its code only, so those that are worth setting are listed here.

An unknown key becomes a system property of the server: it is passed on, unless it is nearly one of these.
"""

import difflib
import re
from collections.abc import Mapping
from typing import Final

from components.spec.reading import Reader

#: Whole numbers, each with the least value that the server takes or that makes sense to it.
_NUMBERS: Final[Mapping[str, int]] = {
    "autopurge.purgeInterval": 0,
    "autopurge.snapRetainCount": 3,
    "clientPortListenBacklog": -1,
    "connectToLearnerMasterLimit": 0,
    "globalOutstandingLimit": 1,
    "initLimit": 1,
    "jute.maxbuffer": 1024,
    "maxClientCnxns": 0,
    "maxCnxns": 0,
    "maxSessionTimeout": -1,
    "minSessionTimeout": -1,
    "preAllocSize": 1,
    "snapCount": 2,
    "syncLimit": 1,
    "tickTime": 1,
}
_SWITCHES: Final = frozenset(
    {
        "quorum.auth.enableSasl",
        "quorum.auth.learnerRequireSasl",
        "quorum.auth.serverRequireSasl",
        "reconfigEnabled",
        "sslQuorum",
        "sslQuorumReloadCertFiles",
        "syncEnabled",
    }
)
_SLIP: Final = 0.85


def check_server_key(path: str, name: str, value: str, reader: Reader) -> None:
    """Report a key that is nearly one of ZooKeeper's, or a value with which the server would not start."""
    if name in _NUMBERS:
        lowest = _NUMBERS[name]
        if not re.fullmatch(r"-?[0-9]{1,19}", value) or not lowest <= int(value) < 2**31:
            allowed, why = f"a whole number, at least {lowest}", "a server would not start, or not work, with it"
            reader.report_key(path, value, allowed=allowed, why=why, todo="write a number in the range")
    elif name in _SWITCHES:
        if value not in {"true", "false"}:
            todo = "write a value that is allowed"
            reader.report_key(path, value, allowed="true or false", why="it is a switch", todo=todo)
    else:
        near = difflib.get_close_matches(name, (*_NUMBERS, *_SWITCHES), n=1, cutoff=_SLIP)
        if near:
            why, todo = "ZooKeeper has no such key, and would ignore it without a word", f"did you mean {near[0]}"
            reader.report_key(path, name, allowed="a key of ZooKeeper", why=why, todo=todo)

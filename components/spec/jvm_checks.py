"""Rules for the JVM options that a user sets: each is one word, leaves the heap alone, and exists in the image's Java.

The scripts of every image put the options on the command line as words, without reading quotes.
"""

import re
from typing import Final

from components.spec.model import Jvm, NodeSpec
from components.spec.rack_checks import Section
from components.spec.reading import Reader
from components.spec.versions import Line

_HEAP: Final = re.compile(
    r"-Xm[sx]\d|-XX:(Max|Initial)(HeapSize|RAMPercentage|RAMFraction)=|-XX:(Min|Max)RAM(Percentage|Fraction)?="
)
#: Options that Java 17 does not know, so that it does not start: each was tried.
_GONE: Final = re.compile(
    r"-XX:[+-]?(AggressiveOpts|CMS\w*|GCLogFileSize|NumberOfGCLogFiles|(Max)?PermSize|PrintAdaptiveSizePolicy"
    r"|PrintGC(DateStamps|TimeStamps|ApplicationStoppedTime)|PrintHeapAtGC|PrintTenuringDistribution"
    r"|UnlockCommercialFeatures|UseCGroupMemoryLimitForHeap|UseConcMarkSweepGC|UseGCLogFileRotation|UseParNewGC)\b"
    r"|-d64$|-Xincgc$"
)
_SINCE: Final = 17


def check_jvm(section: Section, node: NodeSpec, line: Line, reader: Reader) -> None:
    """Report what is wrong with the JVM options of a section's nodes."""
    check_options(section.name, node.jvm, line, reader)


def check_options(section: str, jvm: Jvm, line: Line, reader: Reader) -> None:
    """Report options with which the JVM would not start, or would take another heap than the one that was checked."""
    options, field = jvm.options, f"{section}.jvm.options"
    if options is None:
        return
    allowed = "options of the JVM with spaces between them"
    if any(character in options for character in "\"'`$\\\n"):
        why = "the start scripts hand the options over word by word, and would pass the character on as it is"
        reader.report(field, options, allowed=allowed, why=why, todo="write options that need no quoting")
        return
    for option in options.split():
        if not option.startswith("-"):
            why, todo = "the JVM would take this word for the class that it starts", f"remove it, or write -{option}"
            reader.report(field, option, allowed=allowed, why=why, todo=todo)
        elif _HEAP.match(option):
            why = "memory and heap are checked against each other, and this would overrule what was checked"
            reader.report(field, option, allowed=allowed, why=why, todo="set resources.heap instead")
        elif line.java >= _SINCE and _GONE.match(option):
            why = f"the images of this version bring Java {line.java} or later, which does not start with it"
            todo = "remove it; for a log of the garbage collector, -Xlog:gc*"
            reader.report(field, option, allowed=f"options that Java {line.java} knows", why=why, todo=todo)

"""What must hold between the schemas of a stack file: each refers to what is there, and none to itself by any way."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from components.spec.reading import Reader


def check_links(needs: Mapping[str, Sequence[str]], readers: Sequence[Reader]) -> None:
    """Report references without a version to what the stack does not declare, names that come twice, and circles."""
    before = sum(reader.count for reader in readers)
    for reader in readers:
        _check_each(reader, needs)
    if readers and sum(reader.count for reader in readers) == before:
        _check_circles(needs, readers)


def _check_each(reader: Reader, needs: Mapping[str, Sequence[str]]) -> None:
    names: list[str] = []
    for link in reader.optional_sections("references"):
        name, subject = link.text("name"), link.text("subject")
        if name in names:
            why, todo = "a schema cannot tell two of one name apart", "remove one of them"
            link.report("name", name, allowed="each name once", why=why, todo=todo)
        elif not link.present("version") and subject not in needs:
            why = "this stack does not declare that subject, so it says no version of it"
            todo = "write its version, or declare it"
            link.report(
                "version", None, allowed="a version of another registry's or stack's subject", why=why, todo=todo
            )
        names.append(name)


def _check_circles(needs: Mapping[str, Sequence[str]], readers: Sequence[Reader]) -> None:
    declared = {name: [each for each in links if each in needs] for name, links in needs.items()}
    try:
        TopologicalSorter(declared).prepare()
    except CycleError as found:
        circle: list[str] = list(reversed(found.args[1]))
        reader = readers[list(needs).index(circle[0])]
        why, todo = "none of them could be the first to be registered", "take one reference out of the circle"
        allowed = "subjects that do not lead back here"
        reader.report("references", " -> ".join(circle), allowed=allowed, why=why, todo=todo)

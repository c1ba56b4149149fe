"""Rules for mirrors: one of each name, none onto itself, and nothing that MirrorMaker would pass over in silence.

What only the source can tell, such as whether its topics are there, the connectors say once they run.
"""

import re
from collections.abc import Sequence
from typing import Final

from components.spec.model import ClusterSpec
from components.spec.reading import Reader
from components.spec.services.access_checks import check_patterns
from components.spec.services.model import ConnectSpec
from stacks.connectors import ConnectorSettings
from stacks.mirror_connectors import connector_names, written_topics
from stacks.mirror_keys import check_config
from stacks.mirror_source_checks import check_source
from stacks.mirrors import MirrorSettings
from stacks.patterns import covers, overlap
from stacks.topics import TopicSettings, check_factor

LONGEST_TOPIC: Final = 249
_ALIAS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")
_SEPARATOR: Final = re.compile(r"[._-]{1,5}")
_NAME_RULE: Final = "letters, digits, dots, underscores and dashes, at most 50, with a letter or digit first"
#: Policies of the workers by which producers may go to another cluster, as they are named.
_EVERYWHERE: Final = frozenset({"All", "AllConnectorClientConfigOverridePolicy"})
#: Names that MirrorMaker passes over, whatever is listed.
_INTERNAL: Final = re.compile(r"__.*|mm2.*\.internal|.*\.replica|.*[.-]internal")
_INTERNAL_GROUPS: Final = re.compile(r"__.*|connect-.*|console-consumer-.*")


def check_mirrors(
    spec: ClusterSpec, connect: ConnectSpec, mirrors: Sequence[MirrorSettings], readers: Sequence[Reader]
) -> None:
    """Report what is wrong with each, and what cannot stand beside one another."""
    for mirror, reader in zip(mirrors, readers, strict=True):
        _check_names(mirror, reader)
        check_source(spec, mirror.from_, reader.section("from_"))
        _check_topics(mirror, reader)
        _check_groups(mirror, reader)
        check_factor(mirror.replication_factor, spec.kafka, reader)
        _check_workers(mirror, connect, reader)
        check_config(mirror.config, connect, reader)
    _check_together(mirrors, readers)


def check_beside(
    mirrors: Sequence[MirrorSettings],
    readers: Sequence[Reader],
    connectors: Sequence[ConnectorSettings],
    topics: Sequence[TopicSettings],
) -> None:
    """Report connectors of a mirror's names, and topics that both the stack and a mirror would keep."""
    taken = {one.name for one in connectors}
    for mirror, reader in zip(mirrors, readers, strict=True):
        for name in connector_names(mirror).values():
            if name in taken:
                why = f"it has a connector {name}, and connect.connectors has another one of that name"
                allowed, todo = "a name of which no connector is", "rename the mirror, or the connector"
                reader.report("name", mirror.name, allowed=allowed, why=why, todo=todo)
        for topic in topics if mirror.sync_topic_configs else ():
            if any(covers(pattern, topic.name) for pattern in written_topics(mirror)):
                why = f"topics[{topic.name}] would be set to what the stack says, and back to what the source says"
                todo = f"take {topic.name} out of topics, or write {reader.spell('sync_topic_configs')}: false"
                allowed = "topics of the source, or of the stack"
                reader.report("sync_topic_configs", True, allowed=allowed, why=why, todo=todo)


def _check_names(mirror: MirrorSettings, reader: Reader) -> None:
    aliases = {"name": mirror.name, "target_alias": mirror.target_alias}
    if not _SEPARATOR.fullmatch(mirror.separator):
        why, todo = "it is a part of names of topics", "leave it out for the dot"
        allowed = "dots, underscores and dashes, at most 5"
        reader.report("separator", mirror.separator, allowed=allowed, why=why, todo=todo)
    for field, alias in aliases.items():
        if not _ALIAS.fullmatch(alias):
            why = "it is a part of names of topics and of connectors"
            reader.report(field, alias, allowed=_NAME_RULE, why=why, todo="choose another name")
        elif mirror.separator in alias:
            why = "names of topics are taken apart there, so nobody would see from where a topic comes"
            allowed = f"a name without the separator {mirror.separator!r}"
            reader.report(field, alias, allowed=allowed, why=why, todo="choose another name, or another separator")
    if mirror.name == mirror.target_alias:
        why = f"{reader.at('target_alias')} is the same, so every topic would be taken for one that came from here"
        todo = "rename the mirror, or say in targetAlias what the source calls this cluster"
        reader.report("name", mirror.name, allowed="another name than this cluster's", why=why, todo=todo)


def _check_topics(mirror: MirrorSettings, reader: Reader) -> None:
    if not mirror.topics:
        why, todo = "nothing would be mirrored", 'add it; "*" stands for all'
        reader.report(
            "topics", None, allowed="names of topics, or their beginnings and an asterisk", why=why, todo=todo
        )
    check_patterns("topics", mirror.topics, "topic", reader)
    check_patterns("exclude", mirror.exclude, "topic", reader)
    for index, name in enumerate(mirror.topics):
        if (found := _never_mirrored(mirror, name, mirror.topics[:index])) is not None:
            why, todo = found
            allowed = "topics of the source that are mirrored"
            reader.report(f"topics[{index}]", name, allowed=allowed, why=why, todo=todo)
    for index, name in enumerate(mirror.exclude):
        if not any(overlap(name, other) for other in mirror.topics):
            why, todo = "no topic of the list topics is one of these, so it would have no effect", "remove it"
            reader.report(f"exclude[{index}]", name, allowed="topics of the list", why=why, todo=todo)


def _never_mirrored(mirror: MirrorSettings, name: str, before: Sequence[str]) -> tuple[str, str] | None:
    """Return why nothing would come of an entry, and what to do."""
    if any(covers(other, name) for other in before):
        return "an entry before it stands for these already", "remove it"
    if any(covers(other, name) for other in mirror.exclude):
        return f"{mirror.name} excludes all of these", "take it out of exclude, or remove it here"
    if _INTERNAL.fullmatch(name):
        return "Kafka and MirrorMaker keep to themselves what is called so, and it is never mirrored", "remove it"
    if mirror.policy == "prefix" and name.startswith(f"{mirror.target_alias}{mirror.separator}"):
        return "such topics came from this cluster, and are never taken back", "remove it"
    if mirror.policy == "prefix" and len(f"{mirror.name}{mirror.separator}{name}") > LONGEST_TOPIC:
        return f"with the mirror's name before it, it has more than {LONGEST_TOPIC} characters", "use a shorter name"
    return None


def _check_groups(mirror: MirrorSettings, reader: Reader) -> None:
    check_patterns("groups", mirror.groups, "group", reader)
    for index, name in enumerate(mirror.groups):
        if _INTERNAL_GROUPS.fullmatch(name):
            why = "groups of Kafka, of sinks and of the console are never translated"
            reader.report(f"groups[{index}]", name, allowed="groups of applications", why=why, todo="remove it")
    for field in ("sync_group_offsets", "offsets_seconds") if not mirror.groups else ():
        if reader.present(field):
            why, todo = "without groups no offset is translated", "remove it, or name groups"
            reader.report(field, reader.values.get(reader.spell(field)), allowed="nothing", why=why, todo=todo)


def _check_workers(mirror: MirrorSettings, connect: ConnectSpec, reader: Reader) -> None:
    """Report what the workers' own settings do not let a mirror do."""
    if mirror.exactly_once and connect.config.get("exactly.once.source.support", "disabled") != "enabled":
        why = "the workers write no source's records in transactions"
        todo = "set connect.config.exactly.once.source.support to preparing, run, and then to enabled; or ask for less"
        reader.report("exactly_once", True, allowed="true with workers that can", why=why, todo=todo)
    if mirror.heartbeats and (found := _no_heartbeats(connect)) is not None:
        why, allowed = found
        todo = f"write {reader.spell('heartbeats')}: false"
        reader.report("heartbeats", True, allowed=allowed, why=why, todo=todo)


def _no_heartbeats(connect: ConnectSpec) -> tuple[str, str] | None:
    """Return why the workers' producers cannot write to the source, and with which workers they can."""
    policy = connect.config.get("connector.client.config.override.policy", "All")
    if policy.rpartition(".")[2] not in _EVERYWHERE:
        why = f"they are written to the source, and the policy {policy} of connect.config keeps producers from there"
        return why, "true with connector.client.config.override.policy: All"
    if connect.config.get("exactly.once.source.support", "disabled") != "disabled":
        # KIP-618: offsets go where the producer goes, into the same transaction.
        why = "with exactly.once.source.support the workers would keep offsets of it in a topic of the source"
        return why, "true without exactly.once.source.support in connect.config"
    return None


def _check_together(mirrors: Sequence[MirrorSettings], readers: Sequence[Reader]) -> None:
    first: dict[str, str] = {}
    for index, (mirror, reader) in enumerate(zip(mirrors, readers, strict=True)):
        path = first.setdefault(mirror.name, reader.at("name"))
        if path != reader.at("name"):
            why = f"{path} is the same, and topics of two clusters would become one"
            todo = "rename one of the two, or read the same cluster by one of them"
            reader.report("name", mirror.name, allowed="a name that no other mirror has", why=why, todo=todo)
            continue
        for other, before in zip(mirrors[:index], readers, strict=False):
            _check_pair(mirror, reader, other, before)


def _check_pair(mirror: MirrorSettings, reader: Reader, other: MirrorSettings, before: Reader) -> None:
    """Report topics into which two mirrors would write."""
    shared = [one for one in written_topics(mirror) if any(overlap(one, each) for each in written_topics(other))]
    if shared:
        why = f"{before.path} writes into topics here of the same names, so their records would be mixed"
        todo = "mirror other topics, or use the policy prefix"
        reader.report("topics", shared, allowed="topics that no other mirror writes into", why=why, todo=todo)

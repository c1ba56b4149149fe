"""What must hold for every service: its names, its memory, how it reaches Kafka, and which keys are its user's."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.spec.distributions import line_of
from components.spec.jvm_checks import check_options
from components.spec.model import ClusterSpec
from components.spec.naming import LABEL_LENGTH, TOPIC_RULE, is_object_name, is_topic
from components.spec.node_checks import check_resources
from components.spec.pod_checks import check_pod
from components.spec.pod_settings import PodSettings
from components.spec.reading import Reader
from components.spec.services import connect, kafka_rest, ksqldb, schema_registry
from components.spec.services.access_checks import check_access, check_prefixes
from components.spec.services.connect_checks import check_connect, connect_owner
from components.spec.services.model import Services, ServiceSpec
from components.spec.services.service import POD_IP, SECRETS_MOUNT, service_object
from components.spec.sizing import Rule

#: A ConfigMap's digest, a ReplicaSet's and a pod's.
_SUFFIX: Final = 17
#: How the last part of a key begins whose value is nobody's business.
_SECRET_KEY: Final = re.compile(r"(^|\.)(password|passphrase|secret|secret\.key|token|jaas\.config|basic\.auth.*)$")
_LOOKED_UP: Final = "${"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What the checks must know of a kind of service."""

    section: str
    name: str
    variables: str
    """How the environment variables begin that its start script reads."""
    rule: Rule
    owner: Callable[[str], str | None]
    """Tells why the user may not set a key, or None when it is theirs."""


CONNECT: Final = Kind(
    section="connect", name=connect.NAME, variables=connect.VARIABLES, rule=connect.RULE, owner=connect_owner
)
REGISTRY: Final = Kind(
    section=schema_registry.SECTION,
    name=schema_registry.NAME,
    variables=schema_registry.VARIABLES,
    rule=schema_registry.RULE,
    owner=schema_registry.owner,
)
REST: Final = Kind(
    section=kafka_rest.SECTION,
    name=kafka_rest.NAME,
    variables=kafka_rest.VARIABLES,
    rule=kafka_rest.RULE,
    owner=kafka_rest.owner,
)

KSQLDB: Final = Kind(
    section=ksqldb.SECTION, name=ksqldb.NAME, variables=ksqldb.VARIABLES, rule=ksqldb.RULE, owner=ksqldb.owner
)


def check_services(spec: ClusterSpec, services: Services, reader: Reader) -> None:
    """Report everything that cannot hold together; the single values are known to be of the right type."""
    if services.connect is not None:
        _check_service(spec, CONNECT, services.connect, reader)
        check_connect(spec, services.connect, reader)
    registry, rest = services.schema_registry, services.kafka_rest
    if registry is not None and _is_packed(spec, REGISTRY, "Apicurio Registry, which speaks the same API", reader):
        _check_service(spec, REGISTRY, registry, reader)
        if registry.schemas_topic is not None and not is_topic(registry.schemas_topic):
            why, todo = "Kafka would refuse a topic of this name", "choose another name, or leave it out"
            field = f"{REGISTRY.section}.schemas_topic"
            reader.report(field, registry.schemas_topic, allowed=TOPIC_RULE, why=why, todo=todo)
    if rest is not None and _is_packed(spec, REST, "a bridge of your choice", reader):
        _check_service(spec, REST, rest, reader)
        check_prefixes(spec, f"{REST.section}.groups", rest.groups, "group", reader)
    if services.ksqldb is not None and _is_packed(spec, KSQLDB, "Kafka Streams or Flink", reader):
        _check_service(spec, KSQLDB, services.ksqldb, reader)
        ksqldb.check_ksqldb(services.ksqldb, services, reader)


def holds_secret(key: str) -> bool:
    """Return whether a key is one whose value is nobody's business."""
    return _SECRET_KEY.search(key.lower()) is not None


def _is_packed(spec: ClusterSpec, kind: Kind, instead: str, reader: Reader) -> bool:
    """Tell whether the distribution has an image of the service; report it when it has none."""
    if spec.kafka.distribution == "confluent":
        return True
    why = f"Apache Kafka packs no {kind.name}, and the platform runs that of Confluent Platform alone"
    todo = f"remove the section and run {instead} beside the platform, or choose the distribution confluent"
    reader.report(kind.section, "a section", allowed="with the distribution confluent only", why=why, todo=todo)
    return False


def _check_service(spec: ClusterSpec, kind: Kind, wanted: ServiceSpec, reader: Reader) -> None:
    name, longest = service_object(spec.kafka.name, kind.name), LABEL_LENGTH - _SUFFIX
    if len(name) > longest:
        why = f"{kind.name}'s pods would be named {name} with {_SUFFIX} characters more, and no label may be that long"
        allowed = f"a name with which {name!r} has at most {longest} characters"
        reader.report("kafka.name", spec.kafka.name, allowed=allowed, why=why, todo="shorten the cluster's name")
    check_resources(kind.section, f"{kind.name} pod", kind.rule, wanted.resources, reader)
    check_options(kind.section, wanted.jvm, line_of(spec.kafka), reader)
    check_access(spec, kind.section, wanted.kafka, reader)
    check_names(f"{kind.section}.secrets", wanted.secrets, "Secret", reader)
    _check_config(kind, wanted.config, reader)
    check_pod(f"{kind.section}.pod", wanted.pod, reader)
    _check_variables(kind, wanted.pod, reader)
    if wanted.clients and spec.kafka.network_policies is None:
        section, field = reader.at("kafka.network_policies"), f"{kind.section}.clients"
        why, todo = "without network policies everybody reaches it", f"remove it, or write {section}: {{}}"
        allowed = f"nothing without {section}"
        reader.report(field, f"{len(wanted.clients)} of them", allowed=allowed, why=why, todo=todo)


def _check_variables(kind: Kind, pod: PodSettings, reader: Reader) -> None:
    """Report variables that the service's own script would read as settings."""
    for index, variable in enumerate(pod.env):
        if variable.name == POD_IP.strip("@") or (
            variable.name.startswith(f"{kind.variables}_") and not variable.name.startswith("KAFKA_")
        ):
            why = "the start script would take it for a setting of the service"
            field, todo = f"{kind.section}.pod.env[{index}].name", "use config, jvm.options or resources for settings"
            reader.report(field, variable.name, allowed="any other name", why=why, todo=todo)


def check_names(field: str, names: Sequence[str], kind: str, reader: Reader) -> None:
    """Report names of objects that Kubernetes could not have, and those that come twice."""
    for index, name in enumerate(names):
        if not is_object_name(name):
            why, todo = f"Kubernetes names no {kind} so", "correct its spelling"
            reader.report(f"{field}[{index}]", name, allowed=f"a {kind}'s name", why=why, todo=todo)
        elif name in names[:index]:
            why, todo = "it is mounted at a path of its name, and would be so twice", "remove it here"
            reader.report(f"{field}[{index}]", name, allowed="each one once", why=why, todo=todo)


def _check_config(kind: Kind, config: Mapping[str, str], reader: Reader) -> None:
    for key, value in config.items():
        path, reason = f"{reader.spell(kind.section)}.config.{key}", kind.owner(key)
        if reason is not None:
            why, todo = "the platform writes this key itself", f"remove it: {reason}"
            reader.report_key(path, value, allowed="keys that the platform does not write", why=why, todo=todo)
        elif not key or any(character.isspace() or character in "=:#!@" for character in key):
            why, todo = "no key of a properties file looks so", "correct its spelling"
            reader.report_key(path, key, allowed="a key", why=why, todo=todo)
        elif holds_secret(key) and _LOOKED_UP not in value:
            why = "everybody who can read the stack file, or a ConfigMap, can read it"
            field = reader.at(f"{kind.section}.secrets")
            todo = f"put it into a Secret, name that in {field}, and write ${{directory:{SECRETS_MOUNT}/SECRET:KEY}}"
            allowed = "a value that is looked up"
            reader.report_key(path, "a value in clear", allowed=allowed, why=why, todo=todo)

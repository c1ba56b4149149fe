"""Mirrors of a stack file: bad ones get one error each that says the four things; good ones become connectors."""

from typing import Any

import pytest

from components.spec.problems import Problem, SpecError
from stacks.patterns import covers, expression, overlap
from stacks.settings import Settings, parse_settings
from tests.spec.services import connect_config, secure_config
from tests.stacks.test_deploy import deployed
from tests.stacks.test_stack_files import ROOT

SECRETS = "/etc/kafka-platform-secrets"
WEST: dict[str, Any] = {
    "bootstrap": ["kafka.west.example.com:9093"],
    "tls": True,
    "authentication": "scram-sha-512",
    "secret": "west",
}
GOOD: dict[str, Any] = {"name": "west", "from": WEST, "topics": ["orders", "logs.*"], "groups": ["billing-*"]}


def stack(*mirrors: object, **own: Any) -> dict[str, Any]:
    """Return a stack with these mirrors, whose section `connect` has these keys beside."""
    return connect_config(mirrors=list(mirrors), **own)


def problems(config: dict[str, Any]) -> tuple[Problem, ...]:
    """Return what is wrong with a stack, which must be something."""
    with pytest.raises(SpecError) as caught:
        parse_settings(config)
    return caught.value.problems


def good(**changes: Any) -> dict[str, Any]:
    """Return a mirror with some keys changed, or taken away where they are None."""
    return {key: value for key, value in {**GOOD, **changes}.items() if value is not None}


def source(**changes: Any) -> dict[str, Any]:
    """Return a mirror with some keys of its source changed, or taken away where they are None."""
    return good(**{"from": {key: value for key, value in {**WEST, **changes}.items() if value is not None}})


OTHER = good(name="east", topics=["orders", "payments"])

# Each line: a mirror beside a right one named east, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    # Shape.
    (good(name=None), "name", "required"),
    (good(name="we st"), "name", "choose another name"),
    (good(**{"from": None}), "from", "required"),
    (good(topic=["a"]), "topic", "did you mean topics"),
    (good(topics=[]), "topics", "nothing would be mirrored"),
    (good(tasks=0), "tasks", "1 to 1000"),
    (good(state="halted"), "state", "running or paused or stopped"),
    (good(policy="identiy"), "policy", "did you mean identity"),
    (good(refreshSeconds=0), "refreshSeconds", "1 to 86400"),
    (good(heartbeats="no"), "heartbeats", "true or false"),
    (source(authentification="mtls"), "from.authentification", "did you mean authentication"),
    # Aliases and separators.
    (good(name="east"), "name", "connect.mirrors[0].name is the same"),
    (good(name="kafka"), "name", "taken for one that came from here"),
    (good(name="we.st"), "name", "without the separator '.'"),
    (good(targetAlias="a.b"), "targetAlias", "without the separator '.'"),
    (good(separator="::"), "separator", "dots, underscores and dashes"),
    (good(name="w_est", separator="_"), "name", "without the separator '_'"),
    # The source.
    (source(bootstrap=[]), "from.bootstrap", "a mirror begins there"),
    (source(bootstrap=["kafka.west.example.com"]), "from.bootstrap[0]", "kafka.example.com:9092"),
    (source(bootstrap=["SASL_SSL://a:9092"]), "from.bootstrap[0]", "HOST:PORT"),
    (source(bootstrap=["a:70000"]), "from.bootstrap[0]", "HOST:PORT"),
    (source(bootstrap=["kafka-bootstrap.streams:9092"]), "from.bootstrap[0]", "a mirror onto itself"),
    (source(bootstrap=["kafka-bootstrap.streams.svc.cluster.local:9092"]), "from.bootstrap[0]", "onto itself"),
    (source(bootstrap=["kafka-a-0.kafka-brokers.streams.svc:9092"]), "from.bootstrap[0]", "onto itself"),
    (source(secret=None), "from.secret", "ca.crt, username, password"),
    (source(secret="West"), "from.secret", "names no Secret so"),
    (source(authentication="mtls", secret=None), "from.secret", "ca.crt, tls.crt, tls.key"),
    (source(tls=None), "from.authentication", "allowWithoutTls: true"),
    (source(tls=None, authentication="mtls"), "from.authentication", "write tls: true"),
    (source(allowWithoutTls=True), "from.allowWithoutTls", "no effect"),
    (source(tls=None, authentication="none"), "from.secret", "none for this source"),
    (source(authentication="sasl"), "from.authentication", "no other value"),
    # Topics and groups.
    (good(topics=["orders", "or ders"]), "topics[1]", "no topic of such a name"),
    (good(topics=["ord*ers"]), "topics[0]", "an asterisk at the end"),
    (good(topics=["orders*", "orders-eu"]), "topics[1]", "stands for these already"),
    (good(topics=["__consumer_offsets"]), "topics[0]", "never mirrored"),
    (good(topics=["east.checkpoints.internal"]), "topics[0]", "never mirrored"),
    (good(topics=["kafka.orders"]), "topics[0]", "came from this cluster"),
    (good(topics=["o" * 249]), "topics[0]", "more than 249 characters"),
    (good(exclude=["orders*"]), "topics[0]", "excludes all of these"),
    (good(exclude=["payments"]), "exclude[0]", "no topic of the list topics"),
    (good(groups=["connect-*"]), "groups[0]", "never translated"),
    (good(groups=["a b"]), "groups[0]", "no group of such a name"),
    (good(groups=None, syncGroupOffsets=True), "syncGroupOffsets", "name groups"),
    (good(groups=None, offsetsSeconds=5), "offsetsSeconds", "name groups"),
    # The cluster and its workers.
    (good(replicationFactor=4), "replicationFactor", "there are 3 brokers"),
    (good(exactlyOnce=True), "exactlyOnce", "exactly.once.source.support"),
    # MirrorMaker's own keys.
    (good(config={"offset.lag.maximum": 1}), "config.offset.lag.maximum", "did you mean offset.lag.max"),
    (good(config={"replication.factors": 1}), "config.replication.factors", "connect.mirrors[1].replicationFactor"),
    (good(config={"sync.group.offsets.enabled": True}), "config.sync.group.offsets.enabled", "].syncGroupOffsets"),
    (good(config={"sync.topic.acls.enabled": True}), "config.sync.topic.acls.enabled", "by this stack alone"),
    (good(config={"offset-syncs.topic.location": "source"}), "config.offset-syncs.topic.location", "only read"),
    (good(config={"key.converter": "x.Y"}), "config.key.converter", "stay the bytes"),
    (good(config={"source.cluster.client.id": "x"}), "config.source.cluster.client.id", "].from"),
    (good(config={"consumer.ssl.protocol": "TLS"}), "config.consumer.ssl.protocol", "].from"),
    (good(config={"consumer.filter.password": "abc"}), "config.consumer.filter.password", "a value in clear"),
]


@pytest.mark.parametrize(("bad", "path", "says"), BAD_INPUT)
def test_a_bad_mirror_is_one_error_that_names_the_path_and_says_what_to_do(
    bad: dict[str, Any], path: str, says: str
) -> None:
    (problem,) = problems(stack(OTHER, bad))
    assert problem.path == f"kafka-platform:connect.mirrors[1].{path}"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


def test_two_mirrors_never_write_into_the_same_topics() -> None:
    first, second = good(policy="identity"), good(name="east", policy="identity", topics=["log*"])
    (problem,) = problems(stack(first, second))
    assert problem.path == "kafka-platform:connect.mirrors[1].topics" and "mixed" in problem.why
    assert parse_settings(stack(first, good(name="east", policy="identity", topics=["users"]))).connectors is None


def test_a_topic_is_not_kept_by_the_stack_and_by_a_mirror() -> None:
    topics = [{"name": "west.orders", "partitions": 3}, {"name": "orders", "partitions": 3}]
    (problem,) = problems({**stack(GOOD), "topics": topics})
    assert problem.path.endswith("mirrors[0].syncTopicConfigs") and "topics[west.orders]" in problem.why
    assert parse_settings({**stack(good(syncTopicConfigs=False)), "topics": topics}).topics


def test_a_connector_of_a_mirrors_name_is_refused() -> None:
    declared = {"name": "mirror-west-source", "class": "org.example.Source"}
    (problem,) = problems(stack(GOOD, connectors=[declared]))
    assert problem.path.endswith("mirrors[0].name") and "mirror-west-source" in problem.why


@pytest.mark.parametrize(
    "config",
    [{"connector.client.config.override.policy": "Principal"}, {"exactly.once.source.support": "enabled"}],
)
def test_heartbeats_that_the_workers_could_not_write_are_refused(config: dict[str, str]) -> None:
    (problem,) = problems(stack(GOOD, config=config))
    assert problem.path.endswith("mirrors[0].heartbeats") and problem.todo == "write heartbeats: false"
    assert parse_settings(stack(good(heartbeats=False), config=config)).mirrors


def made(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the hook is told of each connector."""
    (hook,) = deployed(settings).of(":Connectors")
    return hook.inputs["connectors"]


def test_a_mirror_becomes_the_three_connectors_of_mirrormaker() -> None:
    told = made(stack(good(tasks=4)))
    assert {name: (one["class"].rpartition(".")[2], one["tasks"]) for name, one in told.items()} == {
        "mirror-west-source": ("MirrorSourceConnector", 4),
        "mirror-west-checkpoint": ("MirrorCheckpointConnector", 4),
        "mirror-west-heartbeat": ("MirrorHeartbeatConnector", 1),
    }
    copies, translates, beats = (
        told[f"mirror-west-{kind}"]["config"] for kind in ("source", "checkpoint", "heartbeat")
    )
    assert copies["topics"] == r"orders,logs\..*" == translates["topics"]
    assert translates["groups"] == "billing-.*"
    assert (
        copies["source.cluster.bootstrap.servers"] == beats["target.cluster.bootstrap.servers"] == WEST["bootstrap"][0]
    )
    assert beats["producer.override.bootstrap.servers"] == WEST["bootstrap"][0]
    assert copies["target.cluster.bootstrap.servers"] == "kafka-bootstrap.streams.svc.cluster.local:9092"
    assert {one["offset-syncs.topic.location"] for one in (copies, translates)} == {"target"}
    assert all(
        one[f"{part}.converter"].endswith(".ByteArrayConverter")
        for one in (copies, translates, beats)
        for part in ("key", "value", "header")
    )


def test_without_groups_and_heartbeats_there_is_the_one_connector() -> None:
    assert list(made(stack(good(groups=None, heartbeats=False)))) == ["mirror-west-source"]


def test_no_password_is_in_a_connector_and_the_workers_have_its_secret_mounted() -> None:
    deployment = deployed(stack(GOOD)).one(":Deployment", "streams/kafka-connect")
    volumes = [
        one.get("secret", {}).get("secretName") for one in deployment.inputs["spec"]["template"]["spec"]["volumes"]
    ]
    assert "west" in volumes
    for one in made(stack(GOOD)).values():
        shown = {key: value for key, value in one["config"].items() if ".ssl.truststore.cert" in key or "jaas" in key}
        assert shown and all(f"${{directory:{SECRETS}/west:" in value for value in shown.values() if "west" in value)
        login = next(value for key, value in shown.items() if key.endswith("jaas.config"))
        assert f'username="${{directory:{SECRETS}/west:username}}"' in login
        assert f'password="${{directory:{SECRETS}/west:password}}"' in login


def test_exactly_once_reads_what_was_committed_and_needs_the_workers_transactions() -> None:
    once = {"exactly.once.source.support": "enabled"}
    config = made(stack(good(exactlyOnce=True, heartbeats=False), config=once))["mirror-west-source"]["config"]
    assert config["exactly.once.support"] == "required" and config["consumer.isolation.level"] == "read_committed"


def test_only_the_connector_that_copies_carries_the_mirrors_protection() -> None:
    told = made(stack(GOOD))
    assert [name for name, one in told.items() if one["deletionProtection"]] == ["mirror-west-source"]
    assert not any(one["deletionProtection"] for one in made(stack(good(deletionProtection=False))).values())


def test_what_goes_wrong_with_a_connector_of_a_mirror_names_the_mirror() -> None:
    assert {one["origin"] for one in made(stack(GOOD)).values()} == {"connect.mirrors[west]"}


def test_connectors_stand_beside_mirrors_and_know_nothing_of_them() -> None:
    declared = {"name": "orders", "class": "org.example.Source"}
    told = made(stack(GOOD, connectors=[declared]))
    assert set(told) == {"orders", "mirror-west-source", "mirror-west-checkpoint", "mirror-west-heartbeat"}
    assert "origin" not in told["orders"]


def test_an_empty_list_lets_the_last_mirror_go_and_none_has_no_hook() -> None:
    assert made(stack()) == {}
    assert deployed(connect_config()).of(":Connectors") == []


def test_a_mirror_without_a_secret_changes_nothing_of_the_workers() -> None:
    bare = good(**{"from": {"bootstrap": ["west:9092"]}})
    beside, alone = deployed(stack(bare)), deployed(connect_config())
    assert [one.inputs for one in beside.of(":Deployment")] == [one.inputs for one in alone.of(":Deployment")]


def rules(settings: Settings) -> set[tuple[str, str, str, bool]]:
    """Return what the workers' user may do with what: kind, name, pattern, and whether it may change it."""
    (user,) = [one for one in settings.users if one.name == "connect"]
    return {(rule.resource, rule.name, rule.pattern, "Alter" in rule.operations) for rule in user.acls or ()}


def test_the_workers_user_may_do_what_a_mirror_needs_and_no_more() -> None:
    plain = rules(parse_settings(secure_config(listener="CLIENTS")))
    secure = secure_config(listener="CLIENTS")
    secure["connect"]["mirrors"] = [
        GOOD,
        good(name="east", policy="identity", topics=["users"], syncGroupOffsets=False),
    ]
    assert rules(parse_settings(secure)) - plain == {
        ("topic", "west.", "prefixed", True),
        ("topic", "mm2-offset-syncs.west.internal", "literal", True),
        ("group", "billing-", "prefixed", False),
        ("topic", "users", "literal", True),
        ("topic", "mm2-offset-syncs.east.internal", "literal", True),
        ("topic", "east.heartbeats", "literal", True),
        ("topic", "east.checkpoints.internal", "literal", True),
    }


@pytest.mark.parametrize(
    ("one", "other", "covered", "shared"),
    [
        ("a*", "ab", True, True),
        ("ab*", "a*", False, True),
        ("*", "a*", True, True),
        ("a", "a", True, True),
        ("a", "a*", False, True),
        ("a*", "b*", False, False),
        ("ab", "a", False, False),
    ],
)
def test_patterns_cover_and_overlap(one: str, other: str, covered: bool, shared: bool) -> None:
    assert covers(one, other) is covered
    assert overlap(one, other) is overlap(other, one) is shared


def test_a_dot_of_a_name_is_no_pattern() -> None:
    assert (expression("a.b"), expression("a.*"), expression("*")) == (r"a\.b", r"a\..*", ".*")


def test_the_example_mirrors_an_old_cluster_with_its_groups() -> None:
    text = (ROOT / "docs" / "examples" / "Pulumi.mirror.yaml").read_text()
    assert "mirrors:" in text and "groups:" in text

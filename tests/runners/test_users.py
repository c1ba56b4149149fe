"""Claims about the Users run: passwords in force, rules and quotas as the list says, and no harm by an interruption."""

from collections.abc import Callable

import pytest

from hooks.administration import Rejection, StoredPassword
from hooks.interfaces import EngineLost, Fatal, Refused
from hooks.planner.acls import Acl
from hooks.planner.desired import Pace
from hooks.planner.quotas import Entity
from hooks.planner.users import AccessWish, DesiredUser
from hooks.runners.users import UsersRun, UserWish, look, plan_users
from tests.fakes.cluster import FakeCluster
from tests.fakes.world import Faults, Killed

PACE = Pace(poll=1.0, ready_timeout=30.0)
SHA = "SCRAM-SHA-512"
READ = Acl("topic", "orders", "literal", "Read", "*", "allow")
WRITE = Acl("topic", "orders", "literal", "Write", "*", "allow")


def user(name: str, acls: frozenset[Acl] | None = None, *, protected: bool = True) -> DesiredUser:
    return DesiredUser(name=name, mechanisms=(SHA,), acls=acls, deletion_protection=protected)


def run(cluster: FakeCluster, wish: UserWish, faults: Faults | None = None, holder: str = "me"):
    return UsersRun(cluster.world(holder, faults), wish, PACE).run()


GIVEN = UserWish(
    desired=AccessWish(users=(user("ann"),)), passwords={"ann": "given-in-the-file"}, changed=frozenset({"ann"})
)
MADE = UserWish(desired=AccessWish(users=(user("bob"),)), generated={"bob": 1})


def test_a_given_password_is_set():
    cluster = FakeCluster()
    assert run(cluster, GIVEN) == ("set 1 SCRAM password",)
    assert cluster.access.passwords == {("ann", SHA): "given-in-the-file"}
    assert cluster.access.secrets == {}


def test_each_password_is_set_once_although_the_run_looks_again():
    cluster = FakeCluster()
    wish = UserWish(
        desired=AccessWish(users=(user("ann", frozenset({READ})), user("bob"))),
        passwords=GIVEN.passwords,
        changed=frozenset({"ann"}),
        generated={"bob": 1},
    )
    assert run(cluster, wish) == ("set 2 SCRAM passwords", "added 1 rule")
    assert [write for write in cluster.writes if write.startswith("password")] == [
        f"password ann {SHA}",
        f"password bob {SHA}",
    ]


def test_the_status_says_how_far_the_run_is_and_what_it_does_now():
    cluster = FakeCluster()
    wish = UserWish(
        desired=AccessWish(
            users=(user("ann", frozenset({READ, WRITE})), user("bob")),
            quotas={Entity(user="ann"): {"producer_byte_rate": 1024.0}},
        ),
        passwords=GIVEN.passwords,
        generated={"bob": 1},
    )
    run(cluster, wish)
    assert [line for line in cluster.said if line.startswith("… users (")][:3] == [
        "… users (0 of 5 changes), 0 s: setting SCRAM passwords of ann, bob",
        "… users (2 of 5 changes), 0 s: adding rules of User:ann",
        "… users (4 of 5 changes), 0 s: setting quotas of user ann",
    ]
    assert not any("given-in-the-file" in line for line in cluster.said)


def test_a_generated_password_is_in_its_secret_before_the_brokers_have_it():
    cluster = FakeCluster()
    run(cluster, MADE)
    assert cluster.writes == ["secret bob 1", f"password bob {SHA}"]
    stored = cluster.access.secrets["bob"]
    assert cluster.access.passwords == {("bob", SHA): stored.password}
    assert (stored.rotation, stored.in_force) == (1, 1)


@pytest.mark.parametrize("wish", [GIVEN, MADE], ids=["given", "generated"])
def test_a_second_run_does_nothing(wish: UserWish):
    cluster = FakeCluster()
    run(cluster, wish)
    before = list(cluster.writes)
    again = UserWish(desired=wish.desired, recorded=wish.desired, passwords=wish.passwords, generated=wish.generated)
    assert run(cluster, again) == ()
    assert cluster.writes == before


def test_another_rotation_makes_another_password():
    cluster = FakeCluster()
    run(cluster, MADE)
    first = cluster.access.passwords["bob", SHA]
    run(cluster, UserWish(desired=MADE.desired, recorded=MADE.desired, generated={"bob": 2}))
    assert cluster.access.passwords["bob", SHA] not in {first, ""}
    assert cluster.access.secrets["bob"].in_force == 2


def test_a_password_that_somebody_put_into_the_secret_is_taken():
    cluster = FakeCluster()
    cluster.access.secrets["bob"] = StoredPassword(password="theirs", rotation=None, in_force=None)
    run(cluster, MADE)
    assert cluster.access.passwords == {("bob", SHA): "theirs"}


def test_a_lost_secret_is_made_anew():
    cluster = FakeCluster()
    run(cluster, MADE)
    cluster.access.secrets.clear()
    run(cluster, UserWish(desired=MADE.desired, recorded=MADE.desired, generated={"bob": 1}))
    assert cluster.access.passwords["bob", SHA] == cluster.access.secrets["bob"].password


def test_a_user_that_leaves_takes_its_secret_with_it():
    cluster = FakeCluster()
    recorded = AccessWish(users=(user("bob", protected=False),))
    run(cluster, MADE)
    run(cluster, UserWish(desired=AccessWish(), recorded=recorded, formerly_generated=frozenset({"bob"})))
    assert cluster.access.passwords == {} and cluster.access.secrets == {}


def test_a_protected_user_stays_and_nothing_is_touched():
    cluster = FakeCluster()
    run(cluster, MADE)
    before = list(cluster.writes)
    with pytest.raises(Refused, match=r"(?s)protected.*left as they are"):
        run(cluster, UserWish(desired=GIVEN.desired, recorded=MADE.desired, passwords=GIVEN.passwords))
    assert cluster.writes == before


def test_rules_without_an_authorizer_are_refused_before_anything_is_touched():
    cluster = FakeCluster()
    cluster.access.rules = None
    wish = UserWish(desired=AccessWish(users=(user("ann", frozenset({READ})),)), passwords=GIVEN.passwords)
    with pytest.raises(Refused, match="no authorizer"):
        run(cluster, wish)
    assert cluster.writes == []


def test_a_user_without_rules_needs_no_authorizer():
    cluster = FakeCluster()
    cluster.access.rules = None
    run(cluster, GIVEN)
    assert ("ann", SHA) in cluster.access.passwords


def test_what_the_brokers_refuse_ends_the_run_with_their_words():
    cluster = FakeCluster()
    cluster.access.refused["ann"] = Rejection(name="ann", why="PolicyViolation: not here")
    with pytest.raises(Fatal, match="ann: PolicyViolation: not here"):
        run(cluster, GIVEN)


def test_what_the_brokers_refuse_for_a_moment_is_asked_again():
    cluster = FakeCluster()
    cluster.access.refused["ann"] = Rejection(name="ann", why="NotController", soon=True)
    cluster.at(3.0, cluster.access.refused.clear)
    run(cluster, GIVEN)
    assert ("ann", SHA) in cluster.access.passwords


def test_a_password_is_in_nothing_that_is_said_or_shown():
    cluster = FakeCluster()
    run(cluster, GIVEN)
    run(cluster, MADE)
    shown = [*cluster.said, *cluster.writes, repr(GIVEN), repr(MADE), repr(look(cluster.world(), MADE))]
    shown += plan_users(GIVEN, look(cluster.world(), GIVEN)).lines()
    for password in cluster.access.passwords.values():
        assert all(password not in line for line in shown)


FORMER = AccessWish(
    users=(user("old", frozenset({READ}), protected=False), user("bob", frozenset({READ}))),
    quotas={Entity(client_id="batch"): {"producer_byte_rate": 1.0}},
)
WISH = UserWish(
    desired=AccessWish(
        users=(user("bob", frozenset({WRITE})), user("ann")), quotas={Entity(user="ann"): {"request_percentage": 5.0}}
    ),
    recorded=FORMER,
    passwords=GIVEN.passwords,
    changed=frozenset({"ann"}),
    generated={"bob": 2},
    formerly_generated=frozenset({"old", "bob"}),
)


def before_the_change() -> FakeCluster:
    cluster = FakeCluster()
    run(cluster, UserWish(desired=FORMER, generated={"old": 1, "bob": 1}))
    cluster.writes.clear()
    return cluster


def finished(cluster: FakeCluster) -> bool:
    kept = cluster.access
    assert kept.rules is not None
    return (
        kept.passwords == {("ann", SHA): "given-in-the-file", ("bob", SHA): kept.secrets["bob"].password}
        and kept.secrets["bob"].in_force == 2
        and set(kept.secrets) == {"bob"}
        and {principal: rules for principal, rules in kept.rules.items() if rules} == {"User:bob": {WRITE}}
        and {entity: limits for entity, limits in kept.quotas.items() if limits}
        == {Entity(user="ann"): {"request_percentage": 5.0}}
    )


@pytest.mark.parametrize(
    ("error", "for_good"),
    [(Killed, True), (KeyboardInterrupt, False), (lambda: EngineLost("gone"), True)],
    ids=["killed", "ctrl-c", "engine lost"],
)
def test_interrupted_at_any_call_the_next_run_finishes(error: Callable[[], BaseException], for_good: bool):
    undisturbed, calls = before_the_change(), Faults()
    run(undisturbed, WISH, calls)
    assert finished(undisturbed)
    for number in range(1, len(calls.calls) + 1):
        for after in (False, True):
            cluster, faults = before_the_change(), Faults(at=number, error=error, after=after, for_good=for_good)
            with pytest.raises((type(error()), Fatal)):
                run(cluster, WISH, faults)
            run(cluster, WISH, holder="another")
            where = f"call {number} ({faults.calls[-1]}), {'after' if after else 'before'}"
            assert finished(cluster), where
            assert sum(write.startswith("secret") for write in cluster.writes) == 1, where

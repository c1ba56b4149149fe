"""Claims about users, rules and quotas: what a run would do and why, and whom it never touches."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.planner.acls import Acl, GrantAcl, RevokeAcl, plan_acls
from hooks.planner.quotas import DEFAULT, Entity, SetQuota, foreign_quotas, plan_quotas
from hooks.planner.users import (
    AccessPlan,
    AccessWish,
    DesiredUser,
    ObservedAccess,
    RemoveCredential,
    SetPassword,
    assumed_access,
    plan_access,
    subject,
)

SHA = "SCRAM-SHA-512"
READ = Acl("topic", "orders", "literal", "Read", "*", "allow")
WRITE = Acl("topic", "orders", "prefixed", "Write", "192.0.2.7", "deny")


def user(
    name: str = "ann",
    mechanisms: tuple[str, ...] = (SHA,),
    acls: frozenset[Acl] | None = None,
    protected: bool = True,
) -> DesiredUser:
    """Return a user as the spec wants it."""
    return DesiredUser(name=name, mechanisms=mechanisms, acls=acls, deletion_protection=protected)


def live(
    credentials: Mapping[str, frozenset[str]] | None = None,
    rules: Mapping[str, frozenset[Acl]] | None = None,
    quotas: Mapping[Entity, Mapping[str, float]] | None = None,
) -> ObservedAccess:
    """Return what a cluster with an authorizer has."""
    return ObservedAccess(credentials=credentials or {}, rules=rules or {}, quotas=quotas or {})


def planned(desired: AccessWish, recorded: AccessWish | None, observed: ObservedAccess, *renewed: str) -> AccessPlan:
    """Return the plan."""
    return plan_access(desired, recorded or AccessWish(), observed, frozenset(renewed))


ANN = AccessWish(users=(user(),))
HAS_ANN = live({"ann": frozenset({SHA})})


@pytest.mark.parametrize(
    ("recorded", "observed", "renewed", "why"),
    [
        (None, live(), (), "it is new"),
        (ANN, live(), (), "somebody else removed it"),
        (None, HAS_ANN, (), "it exists, with a password that nobody can read; from now on it is that of the stack"),
        (ANN, HAS_ANN, ("ann",), "the password changed"),
    ],
)
def test_a_password_is_set_for_a_reason(
    recorded: AccessWish | None, observed: ObservedAccess, renewed: tuple[str, ...], why: str
) -> None:
    assert planned(ANN, recorded, observed, *renewed).changes == (SetPassword(user="ann", mechanism=SHA, why=why),)


def test_a_password_in_force_is_left() -> None:
    assert planned(ANN, ANN, HAS_ANN) == AccessPlan()


def test_a_mechanism_that_left_the_spec_is_removed_and_another_one_stays() -> None:
    both = AccessWish(users=(user(mechanisms=("SCRAM-SHA-256", SHA)),))
    plan = planned(ANN, both, live({"ann": frozenset({"SCRAM-SHA-256", SHA})}))
    assert [(type(change), getattr(change, "mechanism", "")) for change in plan.changes] == [
        (RemoveCredential, "SCRAM-SHA-256")
    ]


def test_a_mechanism_of_a_user_that_somebody_else_added_is_left() -> None:
    assert planned(ANN, ANN, live({"ann": frozenset({"SCRAM-SHA-256", SHA})})) == AccessPlan()


def test_a_protected_user_is_not_removed_when_it_leaves_the_spec() -> None:
    plan = planned(AccessWish(), ANN, HAS_ANN)
    assert plan.changes == () and "protected" in plan.refused[0] and "deletionProtection to false" in plan.refused[0]


def test_an_unprotected_user_leaves_with_its_credential_its_rules_and_its_quotas() -> None:
    entity = Entity(user="ann")
    recorded = AccessWish(
        users=(user(acls=frozenset({READ}), protected=False),), quotas={entity: {"producer_byte_rate": 5.0}}
    )
    observed = live(
        {"ann": frozenset({SHA})}, {"User:ann": frozenset({READ, WRITE})}, {entity: {"producer_byte_rate": 5.0}}
    )
    assert [type(change) for change in planned(AccessWish(), recorded, observed).changes] == [
        RemoveCredential,
        RevokeAcl,
        RevokeAcl,
        SetQuota,
    ]


def test_users_that_the_stack_does_not_manage_are_never_touched() -> None:
    observed = live(
        {"bob": frozenset({SHA})}, {"User:bob": frozenset({READ})}, {Entity(user="bob"): {"request_percentage": 1.0}}
    )
    assert planned(AccessWish(), None, observed) == AccessPlan()


def test_rules_are_those_of_the_list_exactly() -> None:
    desired = AccessWish(users=(user(mechanisms=(), acls=frozenset({READ})),))
    plan = planned(desired, desired, live(rules={"User:ann": frozenset({WRITE})}))
    assert plan.changes == (
        GrantAcl(principal="User:ann", acl=READ),
        RevokeAcl(principal="User:ann", acl=WRITE),
    )
    assert plan.lines() == (
        "User:ann: + allow Read on topic orders",
        "User:ann: - deny Write on topic orders* from 192.0.2.7",
    )


def test_an_empty_list_takes_all_rules_and_no_list_leaves_them() -> None:
    rules = {"User:ann": frozenset({READ})}
    none, empty = user(mechanisms=()), user(mechanisms=(), acls=frozenset())
    assert planned(AccessWish(users=(none,)), None, live(rules=rules)).changes == ()
    assert len(planned(AccessWish(users=(empty,)), None, live(rules=rules)).changes) == 1


def test_rules_without_an_authorizer_are_refused_and_a_user_without_rules_is_not() -> None:
    open_cluster = ObservedAccess(credentials={"ann": frozenset({SHA})}, rules=None, quotas={})
    assert planned(ANN, ANN, open_cluster) == AccessPlan()
    wanted = AccessWish(users=(user(acls=frozenset({READ})),))
    (reason,) = planned(wanted, ANN, open_cluster).refused
    assert "User:ann has acls" in reason and "no authorizer" in reason


def test_quotas_show_old_and_new_value_and_those_of_others_are_left() -> None:
    entity = Entity(user=DEFAULT, client_id="batch")
    desired = {entity: {"producer_byte_rate": 2048.0, "request_percentage": 50.0}}
    recorded = {entity: {"producer_byte_rate": 1024.0, "consumer_byte_rate": 1.0}}
    observed = {entity: {"producer_byte_rate": 1024.0, "consumer_byte_rate": 1.0, "controller_mutation_rate": 7.0}}
    assert [str(change) for change in plan_quotas(desired, recorded, observed)] == [
        "quota of user <default>, client id batch: consumer_byte_rate 1 -> none",
        "quota of user <default>, client id batch: producer_byte_rate 1024 -> 2048",
        "quota of user <default>, client id batch: request_percentage none -> 50",
    ]
    (note,) = foreign_quotas(desired, recorded, observed)
    assert "controller_mutation_rate=7" in note


def test_without_a_cluster_the_plan_follows_from_what_was_recorded() -> None:
    assert planned(ANN, ANN, assumed_access(ANN)) == AccessPlan()
    new = AccessWish(users=(user(), user("bob")))
    assert [change.user for change in planned(new, ANN, assumed_access(ANN)).changes] == ["bob"]  # type: ignore[union-attr]


def test_a_refusal_comes_back_under_the_name_of_whom_it_concerns() -> None:
    assert subject(SetPassword(user="ann", mechanism=SHA, why="")) == "ann"
    assert subject(GrantAcl(principal="User:ann", acl=READ)) == "User:ann"
    assert subject(SetQuota(entity=Entity(client_id="x"), key="k", before=None, after=1.0)) == "client id x"


ACLS = st.frozensets(st.sampled_from([READ, WRITE, Acl("cluster", "kafka-cluster", "literal", "All", "*", "allow")]))
RULES = st.dictionaries(st.sampled_from(["User:a", "User:b", "User:c"]), ACLS)


@given(desired=RULES, observed=RULES)
def test_the_changes_lead_exactly_from_the_live_rules_to_the_list(
    desired: dict[str, frozenset[Acl]], observed: dict[str, frozenset[Acl]]
) -> None:
    now = {principal: set(rules) for principal, rules in observed.items()}
    for change in plan_acls(desired, observed):
        rules = now.setdefault(change.principal, set())
        if isinstance(change, GrantAcl):
            assert change.acl not in rules
            rules.add(change.acl)
        else:
            rules.remove(change.acl)
    assert all(now.get(principal, set()) == rules for principal, rules in desired.items())
    assert all(now[principal] == rules for principal, rules in observed.items() if principal not in desired)

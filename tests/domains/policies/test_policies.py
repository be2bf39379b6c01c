"""Policies: limits, history, and two people at once."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.policies import actions, queries
from clinic.policies.errors import PolicyChanged, PolicyRefused, UnknownPolicy
from clinic.policies.rules import POLICIES, PolicyKey, WholeNumberPolicy, policy_named

HOURS = PolicyKey.LATE_CANCEL_HOURS
ROOM = PolicyKey.JOIN_LINK_TEMPLATE
ADMIN = Actor(
    kind=ActorKind.STAFF, name="Avery Admin", id=UUID(int=7), roles=frozenset({Role.ADMIN}), request_id="r", ip="::1"
)


@pytest.mark.parametrize("key", PolicyKey)
def test_every_policy_is_defined_with_a_default_that_it_accepts_and_a_source(key: PolicyKey):
    about = POLICIES[key]
    assert about.checked(about.default) == about.default
    assert about.title
    assert about.meaning.endswith(".")
    assert about.source


def test_a_policy_starts_with_its_default(session: Session):
    assert queries.number(session, HOURS) == 24
    row = next(one for one in queries.all_policies(session) if one.key is HOURS)
    assert (row.value, row.revision, row.changed_by) == (24, 0, None)


def test_a_change_holds_at_once_and_the_old_value_stays_readable(session: Session, now: datetime):
    actions.set_policy(session, key=HOURS, value=48, reason="Too many late ones", revision=0, by=ADMIN, now=now)
    later = now + timedelta(hours=1)
    actions.set_policy(session, key=HOURS, value=36, reason="A compromise", revision=1, by=ADMIN, now=later)
    assert queries.number(session, HOURS) == 36
    assert [(one.value, one.reason, one.actor_name) for one in queries.history(session, HOURS)] == [
        (36, "A compromise", "Avery Admin"),
        (48, "Too many late ones", "Avery Admin"),
    ]


def test_who_looked_before_the_last_change_is_told_whose_it_was(session: Session, now: datetime):
    actions.set_policy(session, key=HOURS, value=48, reason="Too many late ones", revision=0, by=ADMIN, now=now)
    with pytest.raises(PolicyChanged, match="Avery Admin changed this"):
        actions.set_policy(session, key=HOURS, value=12, reason="Another wish", revision=0, by=ADMIN, now=now)
    assert queries.number(session, HOURS) == 48


def test_the_same_value_again_is_no_change(session: Session, now: datetime):
    actions.set_policy(session, key=HOURS, value=24, reason="As it is", revision=0, by=ADMIN, now=now)
    assert queries.history(session, HOURS) == []


@pytest.mark.parametrize("value", [-1, 169, True, 24.0, "24", None])
def test_a_number_outside_its_limits_is_refused(session: Session, now: datetime, value: object):
    with pytest.raises(PolicyRefused, match="whole number from 0 to 168"):
        actions.set_policy(session, key=HOURS, value=value, reason="Because", revision=0, by=ADMIN, now=now)


@pytest.mark.parametrize("limit", ["least", "most"])
def test_the_limits_themselves_are_allowed(limit: str):
    about = POLICIES[HOURS]
    assert isinstance(about, WholeNumberPolicy)
    assert about.checked(getattr(about, limit)) == getattr(about, limit)


@pytest.mark.parametrize("reason", ["", "    ", "why", "x" * 301])
def test_a_change_needs_a_reason_of_a_few_words(session: Session, now: datetime, reason: str):
    with pytest.raises(PolicyRefused) as refusal:
        actions.set_policy(session, key=HOURS, value=30, reason=reason, revision=0, by=ADMIN, now=now)
    assert refusal.value.field == "reason"


@pytest.mark.parametrize(
    "address",
    [
        "http://video.example.org/{room}",
        "https://video.example.org/room",
        "https:///{room}",
        "https://video.example.org/{room}/{name}",
        "https://me:secret@video.example.org/{room}",
        "https://video.example.org/{room}\u202e",
        "javascript:alert(1)//{room}",
        "https://video.example.org/" + "x" * 300 + "{room}",
        7,
    ],
)
def test_an_address_that_is_no_room_is_refused(address: object):
    with pytest.raises(PolicyRefused):
        POLICIES[ROOM].checked(address)


@pytest.mark.parametrize("address", ["", "https://video.example.org/{room}", "https://{room}.video.example.org/join"])
def test_a_room_address_or_none_is_taken(address: str):
    assert POLICIES[ROOM].checked(f" {address} ") == address


def test_an_unknown_policy_is_said_to_be_so():
    assert policy_named("late_cancel_hours")[0] is HOURS
    with pytest.raises(UnknownPolicy):
        policy_named("no_such_thing")

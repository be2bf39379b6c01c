"""The policy of the rules: what is unknown, out of its limits or contradicts itself is refused; versions stay."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.errors import ChangedMeanwhile
from clinic.monitoring.actions.policies import change_calendar, change_signals
from clinic.monitoring.errors import CalendarRefused, PhysicianNeeded, SignalPolicyRefused, UnknownPolicyVersion
from clinic.monitoring.models import MonitoringPolicyVersion
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.queries.policies import PolicyKind, signal_policy, versions
from clinic.monitoring.rules.calendar_data import to_content
from clinic.monitoring.rules.catalogue import RULES
from clinic.monitoring.rules.policy import Change, SignalPolicy, changes, rule_named

SHIPPED = SignalPolicy.shipped()
CHAINS = [(rule, chain, True) for rule in RULES.values() for chain in rule.rising] + [
    (rule, chain, False) for rule in RULES.values() for chain in rule.falling
]
WHY = "What we learned this year"


def doctor(name: str = "Dr. Amara Okafor", *roles: Role) -> Actor:
    kinds = frozenset(roles or (Role.PHYSICIAN,))
    return Actor(kind=ActorKind.STAFF, name=name, id=UUID(int=7), roles=kinds, request_id="r", ip="::1")


def content(**numbers: int) -> dict[str, Any]:
    written = SHIPPED.content()
    written["rules"]["D12"]["numbers"] |= numbers
    return written


def refused(written: object) -> SignalPolicyRefused:
    with pytest.raises(SignalPolicyRefused) as refusal:
        SignalPolicy.from_content(written, number=2)
    return refusal.value


def test_what_is_shipped_reads_back_as_it_was_written():
    assert SignalPolicy.shipped() == SHIPPED == SignalPolicy.from_content({}, number=1)
    assert SignalPolicy.from_content(SHIPPED.content(), number=1) == SHIPPED
    assert SHIPPED.number == 1
    assert SHIPPED.look_back_days == 30
    assert all(setting.is_on for setting in SHIPPED.rules.values())


def test_a_rule_that_came_later_is_as_shipped_in_an_older_policy():
    policy = SignalPolicy.from_content({"rules": {"D12": {"numbers": {"hold_at": 9}}}}, number=4)
    assert policy.number == 4
    assert policy.rules["D12"].numbers == {"watch_at": 3, "review_at": 4, "hold_at": 9, "rise": 3}
    assert policy.rules["D12"].is_on
    assert policy.rules["D11"] == SHIPPED.rules["D11"]
    assert policy.look_back_days == 30


@pytest.mark.parametrize(("rule", "chain", "is_rising"), CHAINS, ids=lambda one: getattr(one, "id", None))
def test_contradictory_thresholds_are_refused_with_what_to_do(rule, chain, is_rising):
    low, high = (rule.parameters[key] for key in chain[:2])
    for value in {low.default, low.default + (-1 if is_rising else 1)}:
        if not high.least <= value <= high.most:
            continue
        refusal = refused({"rules": {rule.id: {"numbers": {high.key: value}}}})
        word = "above" if is_rising else "below"
        todo = f"Raise “{high.words}” or lower" if is_rising else f"Lower “{high.words}” or raise"
        assert refusal.message == (
            f"“{high.words}” ({value}) must be {word} “{low.words}” ({low.default}). {todo} “{low.words}”."
        )
        assert refusal.field == f"rules.{rule.id}.{high.key}"


def test_every_graded_rule_has_its_order_checked():
    assert {rule.id for rule, _, _ in CHAINS} == {"D01", "D02", "D06", "D11", "D12", "D16", "D17", "D27", "S02"}


@pytest.mark.parametrize("value", [0, 16, -1, True, 4.0, "4", None])
def test_a_threshold_outside_its_limits_is_refused(value: object):
    refusal = refused({"rules": {"D12": {"numbers": {"watch_at": value}}}})
    assert refusal.message == "“WATCH from”: enter a whole number from 1 to 15."
    assert refusal.field == "rules.D12.watch_at"


@pytest.mark.parametrize(("watch", "review"), [(1, 2), (13, 14)])
def test_the_limits_themselves_are_allowed(watch: int, review: int):
    policy = SignalPolicy.from_content(content(watch_at=watch, review_at=review, hold_at=15), number=2)
    assert policy.rules["D12"].numbers["watch_at"] == watch


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"rules": {"D99": {}}}, "rules"),
        ({"rules": {"D12": {"numbers": {"other": 3}}}}, "rules.D12.numbers"),
        ({"rules": {"D12": {"levels": [5]}}}, "rules.D12"),
        ({"other": 1}, "content"),
        ({"rules": []}, "rules"),
        ({"rules": {"D12": 4}}, "rules.D12"),
        ([], "content"),
        (None, "content"),
        ({"rules": {"D12": {"is_on": 1}}}, "rules.D12.is_on"),
        ({"look_back_days": 6}, "look_back_days"),
        ({"look_back_days": 121}, "look_back_days"),
    ],
)
def test_what_is_unknown_or_of_another_type_is_refused_where_it_stands(written: object, field: str):
    assert refused(written).field == field


def test_an_unknown_name_is_quoted_short():
    assert refused({"rules": {"D" * 50: {}}}).message == (
        f"“{'D' * 40}” is not known here. Take it out, or open the list of rules again."
    )
    assert refused([]).message == "This is no policy. Open the list of rules and change one there."
    assert refused({"rules": {"D12": {"is_on": "no"}}}).message == "Say whether the rule is on: yes or no."


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_against_harm_cannot_be_switched_off(rule_id: str):
    written = {"rules": {rule_id: {"is_on": False}}}
    if rule_id not in {"D08", "D13", "D21", "D22", "D27", "S01", "S02", "S03"}:
        assert not SignalPolicy.from_content(written, number=2).rules[rule_id].is_on
        return
    assert refused(written).message == (
        f"“{RULES[rule_id].title}” guards against harm and stays on. Change its thresholds instead."
    )


def test_one_rule_is_changed_and_the_others_stay():
    policy = SHIPPED.with_rule("D11", is_on=False, numbers={"watch_at": 5})
    assert policy.rules["D11"].numbers == {"watch_at": 5, "review_at": 7, "rise": 3, "rise_checks": 2}
    assert {key for key in RULES if policy.rules[key] != SHIPPED.rules[key]} == {"D11"}
    assert list(changes(SHIPPED, policy)) == [
        Change(rule_id="D11", what="The rule", before="on", after="off"),
        Change(rule_id="D11", what="WATCH from", before="4", after="5"),
    ]
    back = SignalPolicy.from_content({"look_back_days": 60}, number=2)
    assert list(changes(SHIPPED, back)) == [
        Change(rule_id="", what="Older signs are looked for over", before="30", after="60")
    ]


def test_a_rule_that_does_not_exist_says_where_to_look():
    with pytest.raises(SignalPolicyRefused, match="Open the list of rules again"):
        rule_named("D99")


def change(session: Session, now: datetime, *, seen: int = 1, why: str = WHY, by: Actor | None = None, **numbers: int):
    return change_signals(session, content=content(**numbers), reason=why, seen_number=seen, by=by or doctor(), now=now)


def test_a_change_is_a_new_version_and_the_old_one_stays_readable(session: Session, now: datetime):
    assert change(session, now, hold_at=9).number == 2
    assert change(session, now + timedelta(hours=1), seen=2, hold_at=10).number == 3
    assert signal_policy(session).rules["D12"].numbers["hold_at"] == 10
    assert signal_policy(session, 2).rules["D12"].numbers["hold_at"] == 9
    assert signal_policy(session, 1) == SHIPPED
    assert [(row.number, row.who, row.reason) for row in versions(session, PolicyKind.SIGNALS)] == [
        (3, "Dr. Amara Okafor", WHY),
        (2, "Dr. Amara Okafor", WHY),
        (1, "", ""),
    ]


def test_a_version_that_was_never_written_is_unknown(session: Session):
    with pytest.raises(UnknownPolicyVersion):
        signal_policy(session, 2)


def test_the_same_again_writes_no_version(session: Session, now: datetime):
    assert change(session, now) == SHIPPED
    assert session.query(MonitoringPolicyVersion).count() == 0


def test_who_looked_before_the_last_change_is_told_whose_it_was(session: Session, now: datetime):
    change(session, now, hold_at=9)
    with pytest.raises(ChangedMeanwhile, match="Amara Okafor wrote version 2") as refusal:
        change(session, now, hold_at=10, by=doctor("Dr. Luis Herrera"))
    assert (refusal.value.who, refusal.value.at) == ("Dr. Amara Okafor", now)
    assert signal_policy(session).rules["D12"].numbers["hold_at"] == 9


@pytest.mark.parametrize("why", ["", "    ", "four", "x" * 301])
def test_a_change_needs_a_reason(session: Session, now: datetime, why: str):
    with pytest.raises(SignalPolicyRefused) as refusal:
        change(session, now, why=why, hold_at=9)
    assert refusal.value.field == "reason"


def test_only_physicians_change_what_monitoring_looks_for(session: Session, now: datetime):
    with pytest.raises(PhysicianNeeded):
        change(session, now, hold_at=9, by=doctor("Avery Admin", Role.ADMIN, Role.COORDINATOR))
    assert change(session, now, hold_at=9, by=system("Demo")).number == 2


def test_the_calendar_has_versions_of_its_own(session: Session, now: datetime):
    change(session, now, hold_at=9)
    wanted = deepcopy(to_content(calendar_policy(session)))
    wanted["horizon_days"] = 60
    made = change_calendar(session, content=wanted, reason=WHY, seen_number=1, by=doctor(), now=now)
    assert (made.version, calendar_policy(session).horizon_days) == (2, 60)
    assert calendar_policy(session, 1).horizon_days == 45
    again = change_calendar(session, content=wanted, reason=WHY, seen_number=2, by=doctor(), now=now)
    assert again.version == 2
    with pytest.raises(ChangedMeanwhile):
        change_calendar(session, content=wanted, reason=WHY, seen_number=1, by=doctor(), now=now)
    with pytest.raises(CalendarRefused):
        change_calendar(session, content={}, reason=WHY, seen_number=2, by=doctor(), now=now)
    assert [row.number for row in versions(session, PolicyKind.CALENDAR)] == [2, 1]

"""SEC-S2: a colleague sees an absent physician's patients from the first instant of a cover to its last, no longer."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from clinic.access.models import StaffAccount
from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.people import actions, queries
from clinic.people.errors import CoverNotAllowed, CoverNotFound, CoverRefused, PatientNotFound
from clinic.people.models import Physician, PhysicianCover
from clinic.people.rules import CareReason, NewLicence, NewPhysician
from clinic.people.rules.covers import LicenceGap, days_without, licence_gaps, require_days

TICK = timedelta(microseconds=1)
TODAY = date(2026, 11, 23)
"""The day of `now`, in New York and in Chicago."""

Doctor = tuple[Physician, Actor]


@pytest.fixture
def admin() -> Actor:
    return Actor(kind=ActorKind.STAFF, name="Morgan Ellery", id=new_id(), roles=frozenset({Role.ADMIN}))


@pytest.fixture
def doctor(session: Session, coordinator: Actor, now: datetime) -> Callable[..., Doctor]:
    """Make a physician with an account."""

    def make(name: str, zone: str = "America/New_York", states: tuple[str, ...] = ("FL", "NJ")) -> Doctor:
        key = name.split(maxsplit=1)[0].casefold()
        account = StaffAccount(
            id=new_id(),
            email=f"{key}@example.org",
            email_key=f"{key}@example.org",
            full_name=name,
            roles=["physician"],
            created_at=now,
            updated_at=now,
        )
        session.add(account)
        session.flush()
        new = NewPhysician(full_name=name, zone=zone, staff_id=account.id)
        made = actions.add_physician(session, new=new, by=coordinator, now=now)
        for state in states:
            licence = NewLicence(
                state=state, number=f"{state}{key}", valid_from=date(2020, 1, 1), valid_until=date(2030, 1, 1)
            )
            actions.add_licence(session, physician_id=made.id, new=licence, by=coordinator, now=now)
        actor = Actor(kind=ActorKind.STAFF, name=name, id=account.id, roles=frozenset({Role.PHYSICIAN}))
        return made, actor

    return make


@pytest.fixture
def ada(doctor) -> Doctor:
    return doctor("Ada Okafor")


@pytest.fixture
def ben(doctor) -> Doctor:
    return doctor("Ben Herrera", "America/Chicago")


@pytest.fixture
def patient(session, add, ada, coordinator, now):
    """A patient of Ada's."""
    made = add()
    put_in_team(session, made, ada, by=coordinator, now=now)
    return made


def put_in_team(session, patient, doctor: Doctor, *, by, now, reason=CareReason.ASSIGNED):
    wanted = {"subject_id": None, "starts_at": now - timedelta(days=9), "ends_at": None}
    actions.join_care_team(
        session, patient_id=patient.id, physician_id=doctor[0].id, reason=reason, by=by, now=now, **wanted
    )


@pytest.fixture
def name(session, now) -> Callable[..., PhysicianCover]:
    def make(absent: Doctor, colleague: Doctor, first=TODAY, last=date(2026, 11, 30), *, by=None, at=now):
        return actions.name_cover(
            session,
            physician_id=absent[0].id,
            colleague_id=colleague[0].id,
            first_day=first,
            last_day=last,
            by=by or absent[1],
            now=at,
        )

    return make


def sees(session, doctor: Doctor, patient, at: datetime) -> bool:
    """Tell whether the record opens, the list has it and the reason is known; the three have to agree."""
    opens = queries.may_see(session, actor=doctor[1], patient_id=patient.id, now=at)
    listed = [row.id for row in queries.patients_of_physician(session, physician_id=doctor[0].id, now=at)]
    reasons = queries.covered_patients(session, physician_id=doctor[0].id, now=at)
    assert (patient.id in listed) is opens
    assert (patient.id in reasons) is opens
    return opens


@pytest.mark.parametrize(
    ("zone", "first", "last", "begins", "ends"),
    [
        ("America/New_York", "2026-11-24", "2026-11-24", "2026-11-24T05:00", "2026-11-25T05:00"),
        ("America/Chicago", "2026-11-24", "2026-11-24", "2026-11-24T06:00", "2026-11-25T06:00"),
        # The clocks go forward on March 14, 2027, and back on November 7: days of 23 and 25 hours.
        ("America/New_York", "2027-03-14", "2027-03-14", "2027-03-14T05:00", "2027-03-15T04:00"),
        ("America/New_York", "2027-11-07", "2027-11-07", "2027-11-07T04:00", "2027-11-08T05:00"),
        ("America/Chicago", "2027-03-13", "2027-03-15", "2027-03-13T06:00", "2027-03-16T05:00"),
    ],
)
def test_a_cover_holds_from_the_first_instant_of_its_days_to_the_last(
    session, doctor, add, name, coordinator, now, zone, first, last, begins, ends
):
    absent, colleague = doctor("Abby Absent", zone), doctor("Carl Cover", "America/Los_Angeles")
    patient = add()
    put_in_team(session, patient, absent, by=coordinator, now=now)
    name(absent, colleague, date.fromisoformat(first), date.fromisoformat(last))
    begin, end = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (begins, ends))
    seen = [sees(session, colleague, patient, at) for at in (begin - TICK, begin, end - TICK, end)]
    assert seen == [False, True, True, False]


def test_a_stranger_to_the_cover_sees_nothing_of_it(session, doctor, patient, ada, ben, name, now):
    name(ada, ben)
    assert sees(session, ben, patient, now)
    assert not sees(session, doctor("Zoe Stranger"), patient, now)


def test_taking_a_cover_back_ends_it_at_once_and_twice_is_once(session, patient, ada, ben, name, now):
    cover = name(ada, ben)
    for _ in range(2):
        actions.remove_cover(session, cover_id=cover.id, by=ada[1], now=now)
    assert not sees(session, ben, patient, now)
    with pytest.raises(PatientNotFound):
        queries.patient_for(session, actor=ben[1], patient_id=patient.id, now=now)
    assert queries.covers_of(session, ben[0].id, now) == []
    removed = [one for one in journal.take_entries(session) if one.action == "cover.removed"]
    assert [one.subject_id for one in removed] == [cover.id]


def test_a_cover_that_somebody_changed_meanwhile_is_not_taken_back_blindly(session, ada, ben, name, now):
    cover = name(ada, ben)
    with pytest.raises(ChangedMeanwhile):
        actions.remove_cover(session, cover_id=cover.id, by=ada[1], now=now, version=cover.version + 1)


def test_a_cover_of_a_cover_sees_none_of_the_first_ones_patients(session, doctor, patient, ada, ben, name, now):
    name(ada, ben)
    cleo = doctor("Cleo Third")
    name(ben, cleo)
    assert sees(session, ben, patient, now)
    assert not sees(session, cleo, patient, now)


def test_a_place_in_a_care_team_that_came_from_covering_is_not_handed_on(
    session, add, ada, ben, name, coordinator, now
):
    lent = add(phone="(305) 555-0177", birth_date=date(1970, 1, 1))
    put_in_team(session, lent, ada, by=coordinator, now=now, reason=CareReason.COVER)
    name(ada, ben)
    assert not sees(session, ben, lent, now)


def test_a_patient_who_leaves_the_absent_physicians_care_leaves_the_covers_view(session, patient, ada, ben, name, now):
    name(ada, ben)
    [(member, _)] = queries.care_team_of(session, patient_id=patient.id, now=now)
    actions.leave_care_team(session, member_id=member.id, by=ada[1], now=now)
    assert not sees(session, ben, patient, now)


def test_a_colleague_who_stops_seeing_patients_stops_covering(session, patient, ada, ben, name, admin, now):
    name(ada, ben)
    edited(session, ben[0], by=admin, now=now, is_active=False)
    assert not queries.may_see(session, actor=ben[1], patient_id=patient.id, now=now)


def test_days_stay_days_when_the_absent_one_moves_to_another_zone(session, patient, ada, ben, name, admin, now):
    cover = name(ada, ben, date(2026, 11, 24), date(2026, 11, 24))
    edited(session, ada[0], by=admin, now=now, zone="America/Chicago")
    assert (cover.starts_at, cover.ends_at) == (
        datetime(2026, 11, 24, 6, tzinfo=UTC),
        datetime(2026, 11, 25, 6, tzinfo=UTC),
    )


def edited(session, physician, *, by, now, is_active=True, **changes):
    facts = {name: getattr(physician, name) for name in ("full_name", "zone", "credential", "join_url", "staff_id")}
    actions.edit_physician(
        session,
        physician_id=physician.id,
        new=NewPhysician(**(facts | changes)),
        version=physician.version,
        is_active=is_active,
        by=by,
        now=now,
    )


def test_an_administrator_may_name_and_take_back_for_anybody(session, patient, ada, ben, name, admin, now):
    cover = name(ada, ben, by=admin)
    assert sees(session, ben, patient, now)
    actions.remove_cover(session, cover_id=cover.id, by=admin, now=now)
    assert not sees(session, ben, patient, now)


def test_nobody_else_names_or_takes_back_not_even_the_cover(session, ada, ben, name, coordinator, now):
    for somebody in (ben[1], coordinator):
        with pytest.raises(CoverNotAllowed):
            name(ada, ben, by=somebody)
    cover = name(ada, ben)
    for somebody in (ben[1], coordinator):
        with pytest.raises(CoverNotAllowed):
            actions.remove_cover(session, cover_id=cover.id, by=somebody, now=now)


def test_nobody_covers_for_themselves(ada, name):
    refused(name, ada, ada, field="colleague")


def test_a_colleague_who_left_cannot_be_named(session, ada, ben, name, admin, now):
    edited(session, ben[0], by=admin, now=now, is_active=False)
    assert "does not see patients" in refused(name, ada, ben, field="colleague")


def test_days_of_one_physician_are_covered_once(doctor, ada, ben, name):
    cleo = doctor("Cleo Third")
    name(ada, ben, TODAY, date(2026, 11, 30))
    assert "Ben Herrera looks after" in refused(name, ada, cleo, date(2026, 11, 30), field="first_day")
    name(ada, cleo, date(2026, 12, 1), date(2026, 12, 4))


def test_somebody_who_is_away_then_cannot_be_named_and_it_is_said_why(doctor, ada, ben, name):
    cleo = doctor("Cleo Third")
    name(ben, cleo, date(2026, 11, 26), date(2026, 11, 27))
    assert "from November 26, 2026 to November 27, 2026" in refused(name, ada, ben, field="colleague")
    name(ada, ben, date(2026, 11, 28), date(2026, 11, 30))


def test_two_do_not_cover_for_each_other_on_the_same_days(ada, ben, name):
    name(ada, ben)
    refused(name, ben, ada, field="colleague")


def test_today_is_the_absent_ones_own_day(session, doctor, ben, name):
    """At 3:30 in the morning in London it still is the day before in New York."""
    ada = doctor("Abby Absent")
    early = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    assert name(ada, ben, date(2026, 11, 23), date(2026, 11, 23), at=early).first_day == date(2026, 11, 23)


def refused(name, absent, colleague, first=TODAY, last=date(2026, 11, 30), *, field):
    with pytest.raises(CoverRefused) as refusal:
        name(absent, colleague, first, last)
    assert refusal.value.field == field
    return refusal.value.message


def test_a_cover_that_does_not_exist_is_not_found(session, admin, now):
    with pytest.raises(CoverNotFound):
        actions.remove_cover(session, cover_id=new_id(), by=admin, now=now)
    with pytest.raises(CoverNotFound):
        queries.cover(session, new_id())


def test_both_find_the_cover_with_the_names(session, ada, ben, name, now):
    made = name(ada, ben)
    for one in (ada[0], ben[0]):
        [row] = queries.covers_of(session, one.id, now)
        assert (row.id, row.physician_name, row.cover_name) == (made.id, "Ada Okafor", "Ben Herrera")
        assert row.is_on(now)
    assert queries.covers_of(session, ada[0].id, made.ends_at) == []


def test_missing_licenses_are_told_by_state_days_and_patients(session, add, doctor, ada, patient, coordinator, now):
    newark = {"state": "NJ", "city": "Newark", "postal_code": "07102", "county_fips": "34013"}
    other = add(**newark, phone="(305) 555-0178", birth_date=date(1970, 1, 1))
    put_in_team(session, other, ada, by=coordinator, now=now)
    florida_only = doctor("Fay Florida", states=("FL",))
    wanted = {"physician_id": ada[0].id, "colleague_id": florida_only[0].id, "now": now}
    days = (date(2029, 12, 30), date(2030, 1, 3))
    assert queries.gaps_of_cover(session, **wanted, days=days) == [
        LicenceGap(state="FL", patients=1, first_day=date(2030, 1, 2), last_day=date(2030, 1, 3)),
        LicenceGap(state="NJ", patients=1, first_day=days[0], last_day=days[1]),
    ]


def d(day: int) -> date:
    return date(2026, 12, day)


@pytest.mark.parametrize(
    ("held", "missing"),
    [
        ([], [(10, 20)]),
        ([(1, 31)], []),
        ([(10, 20)], []),
        ([(1, 9)], [(10, 20)]),
        ([(21, 31)], [(10, 20)]),
        ([(1, 14)], [(15, 20)]),
        ([(16, 31)], [(10, 15)]),
        ([(12, 13), (15, 16)], [(10, 11), (14, 14), (17, 20)]),
        ([(1, 12), (13, 31)], []),
        ([(1, 15), (10, 12)], [(16, 20)]),
    ],
)
def test_days_without_a_license_are_what_is_left(held, missing):
    found = days_without([(d(first), d(last)) for first, last in held], (d(10), d(20)))
    assert found == [(d(first), d(last)) for first, last in missing]


def test_a_license_of_another_state_helps_nobody():
    held = [("FL", d(1), d(31))]
    assert licence_gaps(held, [("FL", 4)], (d(10), d(20))) == []
    [gap] = licence_gaps(held, [("NJ", 3)], (d(10), d(20)))
    assert (gap.state, gap.patients) == ("NJ", 3)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 11, 24), date(2026, 11, 23), "last_day"),
        (date(2026, 11, 22), date(2026, 11, 30), "first_day"),
        (date(2026, 11, 24), date(2027, 11, 26), "last_day"),
        (date(2028, 12, 1), date(2028, 12, 1), "first_day"),
    ],
)
def test_days_that_make_no_sense_are_refused(first, last, field):
    with pytest.raises(CoverRefused) as refusal:
        require_days(first, last, today=TODAY)
    assert refusal.value.field == field

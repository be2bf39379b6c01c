"""The rota and staff's phones: who may change what, what clashes, and which tasks a bad rota opens."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.access import actions as access
from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.phone import NotATextablePhone
from clinic.oncall import actions, queries
from clinic.oncall.errors import NoSuchShift, NotYours, PhoneOfPatient, ShiftClash, ShiftRefused
from clinic.oncall.models import OnCallContact
from clinic.oncall.rules import Place, Span
from tests.domains.messaging.desk import TESTER
from tests.domains.oncall.ward import HOURS, ZONE, Ward


def save(ward: Ward, typed: str, *, of, by) -> None:
    with ward.runtime.begin(by=by) as session:
        actions.save_phone(session, staff_id=of.id, typed=typed, by=by, now=ward.clock())


def phone_of(ward: Ward, who) -> str | None:
    with ward.runtime.begin(by=TESTER) as session:
        found = queries.contact(session, who.id)
        return found.e164 if found else None


def test_everybody_enters_the_own_phone_and_takes_it_away(ward: Ward):
    dana = ward.staff("Dana Reyes")
    save(ward, "(305) 555-0171", of=dana, by=dana)
    save(ward, "305 555 0172", of=dana, by=dana)
    assert phone_of(ward, dana) == "+13055550172"
    with ward.runtime.begin(by=TESTER) as session:
        assert session.scalars(select(OnCallContact)).one().version == 2
    save(ward, "  ", of=dana, by=dana)
    assert phone_of(ward, dana) is None


def test_an_administrator_enters_a_colleagues_phone_and_a_coordinator_does_not(ward: Ward):
    dana, morgan = ward.staff("Dana Reyes"), ward.staff("Morgan Ellery", Role.ADMIN)
    save(ward, "305 555 0171", of=dana, by=morgan)
    assert phone_of(ward, dana) == "+13055550171"
    with pytest.raises(NotYours):
        save(ward, "305 555 0171", of=morgan, by=dana)


def test_a_number_that_a_patient_uses_is_refused(ward: Ward):
    ward.patient(phone="+13055550171")
    dana = ward.staff("Dana Reyes")
    with pytest.raises(PhoneOfPatient) as refusal:
        save(ward, "305 555 0171", of=dana, by=dana)
    assert refusal.value.field == "phone"
    assert phone_of(ward, dana) is None


@pytest.mark.parametrize("typed", ["12", "800 555 0100", "not a phone", "+44 20 7946 0000"])
def test_what_is_no_mobile_number_is_refused_at_its_field(ward: Ward, typed: str):
    dana = ward.staff("Dana Reyes")
    with pytest.raises(NotATextablePhone) as refusal:
        save(ward, typed, of=dana, by=dana)
    assert refusal.value.field == "phone"


def test_colleagues_may_share_a_phone_that_is_handed_on(ward: Ward):
    ward.staff("Dana Reyes", phone="+13055550171")
    sam = ward.staff("Sam Whitfield", phone="+13055550171")
    assert phone_of(ward, sam) == "+13055550171"


def test_two_people_in_one_place_are_refused_with_the_name_of_who_is_there(ward: Ward):
    dana, sam = ward.staff("Dana Reyes"), ward.staff("Sam Whitfield")
    ward.shift(sam, begins=timedelta(hours=7), lasts=15 * HOURS)
    with pytest.raises(ShiftClash) as refusal:
        ward.shift(dana, begins=timedelta(hours=20), lasts=5 * HOURS)
    assert refusal.value.message == (
        "Sam Whitfield is first in line from Mon Nov 23, 5:00 PM ET to Tue Nov 24, 8:00 AM ET. "
        "Choose another time, or take that shift off first."
    )


@pytest.mark.parametrize(("begins", "lasts"), [(2, 2), (8, 2)])
def test_shifts_that_meet_do_not_clash(ward: Ward, begins: int, lasts: int):
    ward.shift(ward.staff("Sam Whitfield"), begins=4 * HOURS, lasts=4 * HOURS)
    assert ward.shift(ward.staff("Dana Reyes"), begins=begins * HOURS, lasts=lasts * HOURS).name == "Dana Reyes"


def test_nobody_is_the_backup_of_themselves(ward: Ward):
    sam = ward.staff("Sam Whitfield")
    ward.shift(sam)
    with pytest.raises(ShiftClash) as refusal:
        ward.shift(sam, Place.BACKUP)
    assert refusal.value.field == "staff_id"


def test_somebody_who_cannot_sign_in_is_not_put_on_the_rota(ward: Ward):
    off = ward.staff("Sam Whitfield")
    ward.switch_off(off)
    with ward.runtime.begin(by=TESTER) as session:
        invited, _ = access.invite_staff(
            session,
            email="new@example.org",
            full_name="New Here",
            roles=[Role.COORDINATOR],
            by=TESTER,
            now=ward.clock(),
        )
    for staff_id in (off.id, invited.id):
        with pytest.raises(ShiftRefused) as refusal, ward.runtime.begin(by=TESTER) as session:
            actions.add_shift(
                session,
                staff_id=staff_id,
                place=Place.FIRST,
                starts_at=ward.clock(),
                ends_at=ward.clock() + HOURS,
                zone=ZONE,
                by=TESTER,
                now=ward.clock(),
            )
        assert refusal.value.field == "staff_id"


def test_only_an_administrator_changes_the_rota(ward: Ward):
    dana, shift = ward.staff("Dana Reyes"), ward.shift(ward.staff("Sam Whitfield"))
    with pytest.raises(NotYours), ward.runtime.begin(by=dana) as session:
        actions.remove_shift(session, shift_id=shift.id, version=shift.version, by=dana, now=ward.clock())


def test_a_shift_that_was_taken_off_leaves_its_place_and_is_not_taken_off_twice(ward: Ward):
    dana, sam = ward.staff("Dana Reyes"), ward.staff("Sam Whitfield")
    shift = ward.shift(sam)
    with pytest.raises(ChangedMeanwhile):
        remove(ward, shift, version=9)
    remove(ward, shift)
    with pytest.raises(NoSuchShift):
        remove(ward, shift)
    ward.shift(dana)
    with ward.runtime.begin(by=TESTER) as session:
        assert queries.who_is_on_call(session, now=ward.clock()).first.name == "Dana Reyes"


def remove(ward: Ward, shift: queries.ShiftRow, version: int | None = None) -> None:
    with ward.runtime.begin(by=TESTER) as session:
        actions.remove_shift(session, shift_id=shift.id, version=version or shift.version, by=TESTER, now=ward.clock())


def test_who_is_on_call_changes_with_the_minute(ward: Ward):
    early, late = ward.staff("Early"), ward.staff("Late")
    ward.shift(early, begins=timedelta(), lasts=HOURS)
    ward.shift(late, begins=HOURS, lasts=HOURS)
    names = []
    for minutes in (0, 59, 60, 119, 120):
        with ward.runtime.begin(by=TESTER) as session:
            first = queries.who_is_on_call(session, now=ward.clock() + timedelta(minutes=minutes)).first
            names.append(first and first.name)
    assert names == ["Early", "Early", "Late", "Late", None]


def test_a_shift_of_a_switched_off_account_counts_as_a_gap(ward: Ward):
    sam, now = ward.staff("Sam Whitfield"), ward.clock()
    ward.shift(sam, begins=timedelta(), lasts=4 * HOURS)
    ward.switch_off(sam)
    with ward.runtime.begin(by=TESTER) as session:
        assert queries.gaps(session, since=now, until=now + 6 * HOURS) == [Span(now, now + 6 * HOURS)]


def test_a_clinic_that_has_no_rota_gets_no_task_about_gaps(ward: Ward):
    ward.watch()
    assert ward.tasks() == []


def test_a_gap_within_a_day_is_asked_about_once_and_closes_when_it_is_filled(ward: Ward):
    sam = ward.staff("Sam Whitfield", phone="+13055550171")
    ward.shift(sam, begins=timedelta(), lasts=20 * HOURS)
    ward.watch()
    ward.watch()
    (task,) = ward.tasks("on_call_gap")
    assert "nobody is first in line" in (task.reason or "")
    ward.shift(sam, begins=20 * HOURS, lasts=30 * HOURS)
    ward.watch()
    assert ward.tasks() == []


def test_a_gap_that_somebody_ticked_off_is_not_asked_about_again_that_day(ward: Ward):
    from clinic.worklist import actions as worklist

    morgan = ward.staff("Morgan Ellery", Role.ADMIN)
    ward.shift(morgan, begins=timedelta(), lasts=HOURS)
    save(ward, "305 555 0171", of=morgan, by=morgan)
    ward.watch()
    (task,) = ward.tasks("on_call_gap")
    with ward.runtime.begin(by=morgan) as session:
        worklist.close_item(session, item_id=task.id, version=task.version, by=morgan, now=ward.clock())
    ward.watch()
    assert ward.tasks() == []


def test_somebody_on_the_rota_without_a_phone_or_account_opens_a_task_that_closes_by_itself(ward: Ward):
    sam, dana = ward.staff("Sam Whitfield"), ward.staff("Dana Reyes", phone="+13055550171")
    ward.shift(sam, begins=timedelta(), lasts=30 * HOURS)
    shift = ward.shift(dana, Place.BACKUP, begins=48 * HOURS, lasts=HOURS)
    ward.switch_off(dana)
    ward.watch()
    assert sorted(task.reason for task in ward.tasks("on_call_gap")) == [
        "Dana Reyes is on the rota and cannot sign in any more. Put somebody else there.",
        "Sam Whitfield is on the rota without a phone and would get e-mails only. Enter a phone.",
    ]
    save(ward, "305 555 0172", of=sam, by=sam)
    remove(ward, shift)
    ward.watch()
    assert ward.tasks() == []


def test_the_task_about_nobody_closes_once_the_day_is_covered(ward: Ward):
    ward.page()
    assert len(ward.tasks("on_call_gap")) == 1
    ward.watch()
    assert len(ward.tasks("on_call_gap")) == 1
    ward.shift(ward.staff("Sam Whitfield", phone="+13055550171"), begins=timedelta(), lasts=25 * HOURS)
    ward.watch()
    assert ward.tasks() == []

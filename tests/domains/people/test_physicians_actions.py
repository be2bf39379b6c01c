"""Physicians, their licenses, and who may see whose record."""

from dataclasses import replace
from datetime import date

import pytest

from clinic.kernel.errors import ChangedMeanwhile, Invalid
from clinic.kernel.ids import new_id
from clinic.kernel.journal import take_entries
from clinic.people import actions, queries
from clinic.people.errors import (
    CareTeamMemberNotFound,
    LicenceAlreadyThere,
    LicenceDatesOutOfOrder,
    LicenceNotFound,
    PhysicianNotFound,
    UnknownState,
)
from clinic.people.rules import NewLicence, NewPhysician

ADA = NewPhysician(full_name="Ada Okafor", zone="America/Chicago", join_url="https://video.example.org/ada")
FLORIDA = NewLicence(state="FL", number="me12345", valid_from=date(2025, 1, 1), valid_until=date(2027, 1, 31))


@pytest.fixture
def ada(session, coordinator, now):
    return actions.add_physician(session, new=ADA, by=coordinator, now=now)


def test_a_physician_is_added_and_edited(session, ada, coordinator, now):
    new = replace(ADA, full_name="Ada N. Okafor")
    actions.edit_physician(session, physician_id=ada.id, new=new, version=1, is_active=False, by=coordinator, now=now)
    assert (ada.full_name, ada.version, ada.is_active) == ("Ada N. Okafor", 2, False)
    assert queries.active_physicians(session) == []
    assert [entry.action for entry in take_entries(session)] == ["physician.added", "physician.edited"]


def test_a_colleagues_edit_of_a_physician_is_not_overwritten(session, ada, coordinator, now):
    actions.edit_physician(session, physician_id=ada.id, new=ADA, version=1, by=coordinator, now=now)
    with pytest.raises(ChangedMeanwhile):
        actions.edit_physician(session, physician_id=ada.id, new=ADA, version=1, by=coordinator, now=now)


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Ada\x00"},
        {"zone": "Mars/Olympus"},
        {"zone": "../etc/passwd"},
        {"credential": ""},
        {"join_url": "http://video.example.org/ada"},
        {"join_url": "javascript:alert(1)"},
        {"join_url": "https://user@video.example.org"},
        {"join_url": "https:///nowhere"},
    ],
)
def test_bad_details_of_a_physician_are_refused(session, coordinator, now, changes):
    with pytest.raises(Invalid):
        actions.add_physician(session, new=replace(ADA, **changes), by=coordinator, now=now)


def test_licenses_are_listed_by_physician_and_nobody_is_missing(session, ada, coordinator, now):
    actions.add_licence(session, physician_id=ada.id, new=FLORIDA, by=coordinator, now=now)
    other = actions.add_physician(session, new=replace(ADA, full_name="Lee Park"), by=coordinator, now=now)
    found = queries.licences_by_physician(session, [ada.id, other.id])
    assert [each.number for each in found[ada.id]] == ["ME12345"]
    assert found[other.id] == []
    assert list(queries.licences_by_physician(session)) == [ada.id]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": "NY"}, UnknownState),
        ({"valid_until": date(2024, 12, 31)}, LicenceDatesOutOfOrder),
        ({"number": " "}, Invalid),
    ],
)
def test_a_bad_license_is_refused(session, ada, coordinator, now, changes, refusal):
    with pytest.raises(refusal):
        actions.add_licence(session, physician_id=ada.id, new=replace(FLORIDA, **changes), by=coordinator, now=now)


def test_a_license_of_one_day_is_taken(session, ada, coordinator, now):
    new = replace(FLORIDA, valid_until=FLORIDA.valid_from)
    assert actions.add_licence(session, physician_id=ada.id, new=new, by=coordinator, now=now).id


def test_one_license_is_not_listed_twice(session, ada, coordinator, now):
    actions.add_licence(session, physician_id=ada.id, new=FLORIDA, by=coordinator, now=now)
    with pytest.raises(LicenceAlreadyThere):
        actions.add_licence(session, physician_id=ada.id, new=FLORIDA, by=coordinator, now=now)
    assert len(queries.licences_by_physician(session)[ada.id]) == 1


def test_a_renewed_license_keeps_its_place(session, ada, coordinator, now):
    licence = actions.add_licence(session, physician_id=ada.id, new=FLORIDA, by=coordinator, now=now)
    renewed = replace(FLORIDA, valid_until=date(2029, 1, 31))
    actions.edit_licence(session, licence_id=licence.id, new=renewed, version=1, by=coordinator, now=now)
    assert queries.licence(session, licence.id).valid_until == date(2029, 1, 31)
    with pytest.raises(ChangedMeanwhile):
        actions.edit_licence(session, licence_id=licence.id, new=FLORIDA, version=1, by=coordinator, now=now)


@pytest.mark.parametrize(("before", "count"), [(date(2027, 1, 31), 0), (date(2027, 2, 1), 1)])
def test_a_license_ends_after_its_last_day(session, ada, coordinator, now, before, count):
    actions.add_licence(session, physician_id=ada.id, new=FLORIDA, by=coordinator, now=now)
    assert len(queries.licences_ending(session, before=before)) == count


def test_a_license_that_a_later_one_replaces_is_not_ending(session, ada, coordinator, now):
    actions.add_licence(session, physician_id=ada.id, new=FLORIDA, by=coordinator, now=now)
    later = replace(FLORIDA, number="ME99999", valid_from=date(2027, 2, 1), valid_until=date(2029, 1, 31))
    actions.add_licence(session, physician_id=ada.id, new=later, by=coordinator, now=now)
    assert queries.licences_ending(session, before=date(2028, 1, 1)) == []


def test_what_does_not_exist_is_not_found(session, coordinator, now):
    with pytest.raises(PhysicianNotFound):
        queries.physician(session, new_id())
    with pytest.raises(LicenceNotFound):
        queries.licence(session, new_id())
    with pytest.raises(LicenceNotFound):
        actions.edit_licence(session, licence_id=new_id(), new=FLORIDA, version=1, by=coordinator, now=now)
    with pytest.raises(CareTeamMemberNotFound):
        actions.leave_care_team(session, member_id=new_id(), by=coordinator, now=now)
    assert queries.physician_of_staff(session, None) is None

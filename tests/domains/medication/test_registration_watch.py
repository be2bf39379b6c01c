"""Nobody finds out at the signature that a registration to prescribe has ended: the renewal is asked for before."""

from datetime import timedelta

import pytest

from clinic.medication.actions.registrations import end_registration
from clinic.watching import keep_watch
from clinic.worklist.queries import open_items
from clinic.worklist.rules import WorkKind
from tests.domains.medication.medication_makers import a_registration
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic

TODAY = NOW.date()


@pytest.fixture
def clinic(session):
    return Clinic(session)


def asked(session):
    keep_watch(session, now=NOW, by=COORDINATOR)
    tasks = open_items(session, roles=["admin"])
    return [one.reason for one in tasks if one.kind == WorkKind.REGISTRATION_ENDING]


@pytest.mark.parametrize(("days", "asks"), [(29, 1), (30, 0), (-1, 1)])
def test_a_registration_that_ends_within_thirty_days_or_has_ended_asks_for_its_renewal(session, clinic, days, asks):
    a_registration(session, clinic.physician(), valid_until=TODAY + timedelta(days=days))
    assert len(asked(session)) == asks
    assert len(asked(session)) == asks


def test_it_says_whose_and_which_registration_ends_and_what_follows(session, clinic):
    physician = clinic.physician()
    ends = TODAY + timedelta(days=5)
    a_registration(session, physician, kind="cds", state="NJ", number="D1234500", valid_until=ends)
    (reason,) = asked(session)
    assert reason == (
        f"{physician.full_name}'s New Jersey CDS registration ends on {ends:%B %-d, %Y}. "
        "Nothing can be signed or sent under it after that day. Ask for the renewal and enter it."
    )


def test_a_renewal_or_a_later_end_takes_the_task_away(session, clinic):
    renewed, moved = clinic.physician(), clinic.physician()
    soon = TODAY + timedelta(days=5)
    a_registration(session, renewed, valid_until=soon)
    row = a_registration(session, moved, valid_until=soon)
    assert len(asked(session)) == 2
    a_registration(session, renewed, number="BO7654329")
    end_registration(
        session,
        registration_id=row.id,
        valid_until=TODAY + timedelta(days=400),
        version=row.version,
        by=COORDINATOR,
        now=NOW,
    )
    assert asked(session) == []

"""A clinic with somebody who waits, and what the standing orders of the list do."""

import pytest
from sqlalchemy import select

from clinic.kernel.outbox import Outbox
from clinic.waitlist.actions import following, looking, openings
from tests.domains.scheduling.calendar_makers import NOW, RING, Clinic
from tests.domains.waitlist.waitlist_makers import LIST


@pytest.fixture
def clinic(session):
    made = Clinic(session)
    made.visit_type()
    return made


@pytest.fixture
def okafor(clinic):
    return clinic.physician()


@pytest.fixture
def ana(clinic):
    return clinic.patient()


@pytest.fixture
def bo(clinic):
    return clinic.patient()


@pytest.fixture
def react(session):
    """Do what the standing orders do about the list, and look until nothing is due."""

    def run(now=NOW, looks=20, *, heeds_hours=False):
        orders = {
            "time.freed": openings.open_freed_times,
            "hours.widened": openings.open_widened_hours,
            "slot_offer.ended": openings.go_on_to_next,
            "appointment.changed": following.follow_visit,
        }
        session.flush()
        for row in session.scalars(select(Outbox).order_by(Outbox.created_at, Outbox.id)).all():
            is_of_start = row.topic == "hours.widened" and not heeds_hours
            if row.state == "pending" and row.topic in orders and not is_of_start:
                row.state = "done"
                orders[row.topic](session, subject_id=row.subject_id, now=now, by=LIST)
        session.flush()
        for _ in range(looks):
            if not looking.look_at_one(session, by=LIST, now=now, ring=RING):
                return
            session.flush()
        raise AssertionError("looks without an end")

    return run

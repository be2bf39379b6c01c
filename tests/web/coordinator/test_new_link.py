"""A patient who locked the visit's link gets a new one from the coordinator."""

import pytest
from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.messaging.models import Message
from clinic.people.models import Patient
from clinic.worklist.queries import open_items
from tests.domains.scheduling.calendar_makers import RING, Clinic, at
from tests.web.html import Browser


@pytest.fixture
def visit(session):
    clinic = Clinic(session)
    clinic.visit_type()
    made = clinic.visit(clinic.patient(), clinic.physician(), at(25, 10))
    session.commit()
    return made


def link_of(session, visit):
    return session.scalars(
        select(Link).where(Link.resource_id == visit.id).execution_options(populate_existing=True)
    ).one()


def test_a_locked_link_is_replaced_texted_and_its_task_is_done(session, desk: Browser, anybody: Browser, visit):
    token = access.render_link(session, link_id=link_of(session, visit).id, ring=RING)
    for _ in range(5):
        anybody.get(f"/v/{token}").form("birth-date").submit(born_month="1", born_day="2", born_year="1999")
    assert [item.kind for item in open_items(session, roles=["coordinator"])] == ["link_locked"]
    page = desk.get(f"/visits/{visit.id}").form("new-link").submit()
    assert page.toasts == ["✓ A new link is on its way by text. The old one no longer works."]
    fresh = access.render_link(session, link_id=link_of(session, visit).id, ring=RING)
    assert fresh != token
    born = session.get_one(Patient, visit.patient_id).birth_date
    typed = {"born_month": str(born.month), "born_day": str(born.day), "born_year": str(born.year)}
    assert anybody.get(f"/v/{token}").form("birth-date").submit(**typed).status == 410
    assert anybody.get(f"/v/{fresh}").form("birth-date").submit(**typed).status == 200
    assert open_items(session, roles=["coordinator"]) == []
    texts = session.execute(select(Message.state, Message.template_key).where(Message.subject_id == visit.id)).all()
    assert sorted(map(tuple, texts)) == [
        # The first text had not left yet: the one with the new link takes its place.
        ("canceled", "BOOK_CONFIRM"),
        ("canceled", "VISIT_15M"),
        ("canceled", "VISIT_24H"),
        ("pending", "BOOK_CONFIRM"),
        ("pending", "VISIT_15M"),
        ("pending", "VISIT_24H"),
    ]

"""The text about a parcel once more, after the link in the first one was locked."""

from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.medication.actions.page_link import page_link
from clinic.messaging.models import Message
from clinic.people.models import Patient
from clinic.people.queries import birth_date_of
from tests.domains.medication.supply_makers import deliver
from tests.domains.scheduling.calendar_makers import COORDINATOR, LONG_AGO, NOW, RING
from tests.web.coordinator.deliveries.conftest import Supply


def test_a_patient_whose_link_is_locked_is_texted_again_with_one_that_opens(supply: Supply):
    parcel = deliver(supply.session, supply.parcel(), at=NOW)
    patient = supply.session.get_one(Patient, parcel.patient_id)
    link = page_link(supply.session, patient, by=COORDINATOR, now=NOW, ring=RING)
    wrong = {"birth_date": LONG_AGO, "now": NOW, "ip": None, "birth_date_of": birth_date_of}
    for _ in range(5):
        access.open_link(supply.session, token=access.render_link(supply.session, link_id=link.id, ring=RING), **wrong)
    assert link.locked_at is not None
    supply.session.commit()
    page = supply.desk.get(f"/deliveries/{parcel.id}")
    for _ in range(2):
        assert page.form("text").submit().toasts == ["✓ The text is on its way once more, with a link that works."]
    supply.session.expire_all()
    [message] = supply.session.scalars(select(Message).where(Message.template_key == "SHIP_DELIVERED"))
    assert message.link_id == link.id
    assert (supply.session.get_one(Link, link.id).locked_at, link.token_version) == (None, 2)


def test_a_parcel_of_which_nothing_is_to_be_told_is_not_texted(supply: Supply):
    parcel = supply.parcel()
    parcel.state = "exception"
    supply.session.commit()
    page = supply.desk.get(f"/deliveries/{parcel.id}").form("text").submit()
    assert "There is nothing to text about this parcel now." in page.toasts[0]

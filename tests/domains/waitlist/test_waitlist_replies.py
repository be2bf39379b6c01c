"""A reply to an offered time takes it, lets it go, or comes too late."""

from sqlalchemy import select

from clinic.messaging.rules.questions import Choice
from clinic.scheduling.models import Appointment
from clinic.waitlist.actions.replies import answer_offer
from clinic.waitlist.models import SlotOffer
from clinic.worklist.queries import open_items_of_patient
from tests.domains.scheduling.calendar_makers import NOW, RING, at
from tests.domains.waitlist.waitlist_makers import LIST, cancel, wait_for


def offers(session):
    session.flush()
    return list(session.scalars(select(SlotOffer)))


def test_replies_take_let_go_and_come_too_late(session, clinic, ana, bo, okafor, react):
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    entry = wait_for(session, later)
    cancel(session, freed)
    react()
    (offer,) = offers(session)

    def say(choice, *, phone_id=bo.phone_id, now=NOW):
        answered = answer_offer(
            session, offer_id=offer.id, phone_id=phone_id, choice=choice, by=LIST, now=now, ring=RING
        )
        return answered.template_key

    assert say(Choice.ONE, phone_id=ana.phone_id) == "SLOT_GONE"
    assert (offer.state, entry.state) == ("open", "waiting")
    assert say(Choice.ONE) is None
    assert say(Choice.ONE) == "SLOT_TAKEN"
    assert say(Choice.TWO) == "SLOT_TAKEN"
    kinds = [one.kind for one in open_items_of_patient(session, patient_id=bo.id)]
    assert kinds.count("reply_unclear") == 1
    assert session.get_one(Appointment, later.id).starts_at == at(25, 10)


def test_a_reply_that_declines_or_comes_late(session, clinic, ana, bo, okafor, react):
    freed, later = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(bo, okafor, at(27, 10))
    wait_for(session, later)
    cancel(session, freed)
    react()
    (offer,) = offers(session)
    who = {"offer_id": offer.id, "phone_id": bo.phone_id, "by": LIST, "ring": RING}
    late = answer_offer(session, choice=Choice.ONE, now=offer.expires_at, **who)
    assert (late.template_key, offer.state) == ("SLOT_GONE", "open")
    assert answer_offer(session, choice=Choice.TWO, now=NOW, **who).template_key == "SLOT_DECLINED"
    assert answer_offer(session, choice=Choice.ONE, now=NOW, **who).template_key == "SLOT_GONE"

"""Texts around a visit at home: planned at once, re-planned with every change, each sent once and by day."""

import random
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import event, select, update

from clinic.access.models import Link
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import CLOSES, edge_instant, in_zone, is_open
from clinic.messaging.models import Message
from clinic.messaging.rules.plans import wet_key
from clinic.people.models import Patient
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, Clinic, at
from tests.domains.scheduling.texting import Texting

ZONE = "America/New_York"
FRIDAY = at(27, 14)
PLANNED = {
    "BOOK_CONFIRM": at(23, 10),
    "PREP_48H_SITTER": at(25, 10),
    "VISIT_TOMORROW": at(26, 14),
    "FASTING": at(27, 9),
    "HYDRATE_2H": at(27, 12),
    "CHECKLIST_MISSING": at(27, 13, 30),
    "VISIT_15M": at(27, 13, 45),
    "POST_REST": at(27, 15, 15),
}
DOCTOR = Actor(kind=ActorKind.STAFF, id=new_id(), name="Dr. Amara Okafor", roles=frozenset({Role.PHYSICIAN}))


class AtHome(Texting):
    """One visit at home on Friday at two, one hour long."""

    def __init__(self, texting):
        vars(self).update(vars(texting))
        self.kind = "induction_session"
        with self.begin() as session:
            maker = Clinic(session, now=self.clock(), numbers=count(50))
            maker.visit_type(self.kind, patient_minutes=60)
            self.rio = maker.patient()
            self.visit_id = maker.visit(self.rio, self.okafor, FRIDAY, visit_type_code=self.kind).id

    def restrict(self, *, restricted):
        """Write the restriction as the action on plans does, with the texts in the same transaction."""
        with self.begin() as session:
            patient = session.get_one(Patient, self.rio.id)
            if patient.is_fluid_restricted == restricted:
                return
            patient.is_fluid_restricted = restricted
            known = {"reason": "patient_changed", "by": COORDINATOR, "now": self.clock()}
            actions.plan_texts_again(session, patient_id=patient.id, **known)

    def states(self):
        with self.begin() as session:
            rows = session.scalars(select(Message).where(Message.subject_id == self.visit_id))
            return {(row.template_key, row.subject_version): (row.state, row.reason) for row in rows}

    def until(self, instant):
        """Let time pass from one due text to the next, and return the keys of what was sent meanwhile, in order."""
        before = set(self._sent())
        while self.clock() < instant:
            later = [due for due in self.waiting().values() if due > self.clock()]
            self.clock.instant = min(instant, *later, instant)
            self.desk.send_all()
        return [key for id_, key in self._sent().items() if id_ not in before]

    def _sent(self):
        with self.begin() as session:
            wanted = select(Message.id, Message.template_key).where(
                Message.subject_id == self.visit_id, Message.sent_at.is_not(None)
            )
            return dict(session.execute(wanted.order_by(Message.sent_at, Message.due_at)).all())


@pytest.fixture
def home(texting):
    return AtHome(texting)


@contextmanager
def statements(session):
    """Count the statements that go to the database meanwhile."""
    seen = []

    def write(_connection, _cursor, statement, *_):
        seen.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", write)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", write)


def test_booking_plans_every_text_with_one_link(home):
    assert home.waiting() == PLANNED
    with home.begin() as session:
        rows = session.scalars(select(Message).where(Message.subject_id == home.visit_id)).all()
        assert len({row.link_id for row in rows}) == 1
        assert {row.zone for row in rows} == {ZONE}


def test_booking_a_visit_at_home_stores_all_texts_in_one_statement(session, clinic, okafor, ana):
    clinic.visit_type("induction_session", patient_minutes=60)
    with statements(session) as plain:
        clinic.visit(ana, okafor, at(25, 10))
    with statements(session) as at_home:
        clinic.visit(clinic.patient(), okafor, FRIDAY, visit_type_code="induction_session")
    for seen, texts in ((plain, 3), (at_home, 8)):
        (stored,) = [one for one in seen if one.startswith("INSERT INTO message ")]
        assert stored.count("gen_") == 0
        assert stored.count("pending") == 0
        assert stored.count("%(dedupe_key__") == texts
    # The values about food, drink and the list, and whether a membership is needed: a transaction asks for all at once.
    assert len([one for one in at_home if "policy_version" in one]) == 1


def test_they_leave_in_their_order_and_the_last_follows_the_visit(home):
    home.desk.send_all()
    assert home.until(at(27, 16)) == list(PLANNED)[1:]
    bodies = [body for body in home.got() if "food" in body]
    assert bodies == [body for body in bodies if "Fri Nov 27, 10:00 AM ET" in body and "1:30 PM ET" in body]
    assert len(bodies) == 1
    assert "Rest time" in home.got()[-1]


def test_moving_it_plans_all_of_them_anew_in_the_same_transaction(home):
    home.desk.send_all()
    home.move(at(30, 9))
    assert home.waiting() == {
        "BOOK_CHANGED": home.clock() + timedelta(seconds=180),
        "PREP_48H_SITTER": at(28, 10),
        "VISIT_TOMORROW": at(29, 9),
        "CHECKLIST_EARLY": at(29, 18),
        "FASTING": at(29, 19),
        "CHECKLIST_MISSING": at(30, 8, 30),
        "VISIT_15M": at(30, 8, 45),
        "POST_REST": at(30, 10, 15),
    }
    old = {key: state for (key, version), state in home.states().items() if version == 1 and key != "BOOK_CONFIRM"}
    assert set(old.values()) == {("canceled", "visit_moved")}


def test_a_move_that_fails_changes_no_text(home):
    with pytest.raises(DomainError):
        home.move(at(28, 9))  # a Saturday
    assert home.waiting() == PLANNED


def test_canceling_it_takes_everything_back(home):
    home.act(actions.cancel, reason=CancelReason.CLINIC_REQUEST)
    assert set(home.waiting()) == {"VISIT_CANCELED"}
    home.desk.send_all()
    assert any("Your visit on Fri Nov 27, 2:00 PM ET will not take place." in body for body in home.got())
    assert home.until(at(27, 18)) == []


def test_put_back_to_its_day_nobody_is_told_twice_to_drink(home):
    home.desk.send_all()
    assert home.until(at(26, 14)) == ["PREP_48H_SITTER", "VISIT_TOMORROW"]
    home.move(at(30, 9))
    home.clock.advance(seconds=60)
    home.undo()
    assert set(home.waiting()) == {"FASTING", "HYDRATE_2H", "CHECKLIST_MISSING", "VISIT_15M", "POST_REST"}


def test_booked_on_the_eve_it_starts_with_what_still_has_time(home):
    home.act(actions.cancel, reason=CancelReason.CLINIC_REQUEST)
    home.clock.instant = at(26, 15, 30)
    with home.begin() as session:
        maker = Clinic(session, now=home.clock())
        again = maker.visit(home.rio, home.okafor, FRIDAY, visit_type_code=home.kind)
        home.visit_id = again.id
    at_once = {"BOOK_CONFIRM": home.clock(), "PREP_48H_SITTER": home.clock()}
    assert home.waiting() == at_once | {"HYDRATE_DAYBEFORE": at(26, 17)} | {
        key: due for key, due in PLANNED.items() if due > at(27, 0)
    }


def test_a_fluid_restriction_exchanges_what_waits_and_taking_it_back_too(home):
    home.desk.send_all()
    home.restrict(restricted=True)
    dry = {"VISIT_TOMORROW_DRY", "FASTING_DRY", "HYDRATE_2H_DRY", "POST_REST_DRY"}
    dry |= {"CHECKLIST_MISSING", "VISIT_15M", "PREP_48H_SITTER"}
    assert set(home.waiting()) == dry
    home.clock.advance(seconds=1)
    home.restrict(restricted=False)
    assert home.waiting() == {key: due for key, due in PLANNED.items() if key != "BOOK_CONFIRM"}
    home.clock.advance(seconds=1)
    home.restrict(restricted=True)
    home.until(at(27, 16))
    assert [body for body in home.got() if "water" in body.lower() and "Nov 27" in body] == []


def test_a_restriction_during_the_visit_reaches_the_text_after_it(home):
    home.until(at(27, 14, 30))
    home.restrict(restricted=True)
    assert set(home.waiting()) == {"POST_REST_DRY"}
    assert home.until(at(27, 16)) == ["POST_REST_DRY"]


def test_a_text_that_says_to_drink_is_dropped_when_the_restriction_came_another_way(home):
    home.until(at(27, 11))
    with home.begin() as session:
        session.execute(update(Patient).where(Patient.id == home.rio.id).values(is_fluid_restricted=True))
    home.until(at(27, 16))
    assert home.states()["HYDRATE_2H", 1] == ("canceled", "patient_changed")
    assert home.states()["POST_REST", 1] == ("canceled", "patient_changed")
    assert home.states()["VISIT_15M", 1][0] != "canceled"


def test_whoever_answered_about_the_support_person_is_not_asked_again(home):
    home.desk.send_all()
    assert home.until(at(25, 10)) == ["PREP_48H_SITTER"]
    with home.begin() as session:
        asked = session.scalars(select(Message).where(Message.template_key == "PREP_48H_SITTER")).one()
        asked.answered_at = home.clock()
        again = {"reason": "test", "by": COORDINATOR, "now": home.clock()}
        visit = session.get_one(Appointment, home.visit_id)
        texts = {"link_id": asked.link_id, "only": {"PREP_48H_SITTER"}, "again": "twice"}
        actions.texts.plan_visit(session, visit, "moved", by=again["by"], now=again["now"], **texts)
    home.desk.send_all()
    with home.begin() as session:
        rows = session.scalars(select(Message).where(Message.template_key == "PREP_48H_SITTER"))
        assert sorted((row.state, row.reason) for row in rows if row.state == "canceled") == [("canceled", "answered")]


def test_a_no_show_is_asked_to_find_another_time_after_five_minutes_and_told_nothing_about_rest(home):
    home.until(at(27, 14, 30))
    home.act(actions.mark_no_show)
    assert home.waiting() == {"VISIT_NO_SHOW": at(27, 14, 35), "POST_REST": at(27, 15, 15)}
    with home.begin() as session:
        link = session.scalars(select(Link).where(Link.resource_id == home.visit_id)).one()
        assert link.expires_at >= home.clock() + timedelta(days=7)
    assert home.until(at(27, 16)) == ["VISIT_NO_SHOW"]
    assert home.states()["POST_REST", 1] == ("canceled", "visit_no_show")


def test_a_no_show_that_was_none_is_not_texted_and_can_be_marked_again(home):
    home.until(at(27, 14, 30))
    home.act(actions.mark_no_show)
    home.clock.advance(minutes=1)
    home.act(actions.undo_no_show)
    assert set(home.waiting()) == {"POST_REST"}
    home.clock.advance(minutes=1)
    home.act(actions.mark_no_show)
    assert "VISIT_NO_SHOW" in home.waiting()
    assert home.until(at(27, 15)) == ["VISIT_NO_SHOW"]
    home.act(actions.undo_no_show)
    home.act(actions.mark_no_show)
    assert "VISIT_NO_SHOW" not in home.waiting()


def test_the_clinic_s_physician_decides_how_long_before_nobody_eats(home):
    with home.begin() as session:
        known = {"reason": "Six hours suit ours better", "revision": 0, "by": DOCTOR, "now": home.clock()}
        set_policy(session, key=PolicyKey.FOOD_STOPS_HOURS, value=6, **known)
    home.move(at(30, 15))
    assert home.waiting()["FASTING"] == at(30, 8)


def test_a_new_phone_takes_every_waiting_text_along_and_none_comes_twice(home):
    home.until(at(26, 14))
    waiting = home.waiting()
    with home.begin() as session:
        patient = session.get_one(Patient, home.rio.id)
        patient.language, patient.version = "es", patient.version + 1
        session.flush()
        actions.follow_patient(session, patient_id=patient.id, by=COORDINATOR, now=home.clock())
    assert home.waiting() == waiting
    assert home.until(at(27, 16)) == ["FASTING", "HYDRATE_2H", "CHECKLIST_MISSING", "VISIT_15M", "POST_REST"]
    assert "comida" in home.got()[-5] or "comer" in home.got()[-5]


@pytest.mark.parametrize("seed", range(6))
def test_however_often_it_is_moved_restricted_and_called_off_each_text_leaves_once_and_by_day(home, seed):
    dice = random.Random(seed)  # noqa: S311 - a repeatable test
    times = [at(27, 14), at(27, 10), at(27, 15, 30), at(30, 9), at(30, 14), at(26, 16)]

    def follow():
        with home.begin() as session:
            patient = session.get_one(Patient, home.rio.id)
            patient.language, patient.version = dice.choice(["en", "es"]), patient.version + 1
            session.flush()
            actions.follow_patient(session, patient_id=patient.id, by=COORDINATOR, now=home.clock())

    verbs = [
        lambda: home.move(dice.choice(times)),
        lambda: home.move(dice.choice(times)),
        home.undo,
        follow,
        lambda: home.restrict(restricted=dice.random() < 0.5),
        lambda: home.act(actions.send_new_link, ring=RING),
        lambda: home.act(actions.confirm, via="staff"),
    ]

    while home.clock() < at(30, 20):
        home.until(home.clock() + timedelta(minutes=dice.choice([1, 4, 45, 240, 600])))
        with suppress(DomainError):
            dice.choice(verbs)()
    with home.begin() as session:
        rows = session.scalars(select(Message).where(Message.subject_id == home.visit_id, Message.sent_at.is_not(None)))
        sent = rows.all()
    assert len(sent) > 3
    told = Counter((wet_key(row.template_key), row.variables_json) for row in sent if row.template_key not in NEWS)
    assert [what for what, times_sent in told.items() if times_sent > 1] == []
    for text in home.provider.calls:
        assert text.validity_seconds is not None
    for row in sent:
        assert is_open(row.sent_at, ZONE)
        assert row.expires_at <= edge_instant(in_zone(row.expires_at, ZONE).date(), CLOSES, ZONE)


NEWS = {"BOOK_CONFIRM", "BOOK_CHANGED"}
"""What tells of a change, or carries a new link, may be said again when it happens again."""

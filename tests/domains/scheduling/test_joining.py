"""The video room: whose it is, when it is due, and that nobody can guess it."""

from datetime import timedelta

import pytest

from clinic.kernel.crypto import KeyRing
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import JoinUrlRefused, StepNotAllowed, VisitChanged
from clinic.scheduling.rules.rooms import room_address, room_name
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at

START = at(25, 10)
OWN, DOCTORS, TEMPLATE = "https://own.example.org/a", "https://doc.example.org/b", "https://v.example.org/{room}?x=1"


@pytest.fixture
def visit(clinic, okafor):
    return clinic.visit(clinic.patient(), okafor, START)


@pytest.fixture
def template(session):
    why = {"reason": "A video service for all", "revision": 0, "by": COORDINATOR, "now": NOW}
    set_policy(session, key=PolicyKey.JOIN_LINK_TEMPLATE, value=TEMPLATE, **why)


def room(session, visit, *, now=START):
    session.flush()
    return queries.join_link(session, queries.visit_row(session, visit.id), ring=RING, now=now)


def set_room(session, visit, url=OWN, **changes):
    wanted = {"by": COORDINATOR, "now": NOW} | changes
    return actions.set_join_url(session, appointment_id=visit.id, url=url, **wanted)


def test_the_visits_own_room_comes_before_the_physicians_and_that_before_the_template(session, okafor, visit, template):
    assert room(session, visit).url == room_address(TEMPLATE, visit.id, ring=RING)
    okafor.join_url = DOCTORS
    assert room(session, visit).url == DOCTORS
    set_room(session, visit)
    assert room(session, visit).url == OWN
    set_room(session, visit, url="  ")
    assert room(session, visit).url == DOCTORS


def test_without_any_room_there_is_none(session, visit):
    assert room(session, visit) is None


@pytest.mark.parametrize(
    ("minutes", "is_shown"), [(-16, False), (-15, True), (0, True), (29, True), (30, False), (600, False)]
)
def test_a_room_is_shown_from_a_quarter_before_until_the_end(session, visit, template, minutes, is_shown):
    found = room(session, visit, now=START + timedelta(minutes=minutes))
    assert (found.url is not None) is is_shown
    assert (found.opens_at, found.closes_at) == (START - timedelta(minutes=15), START + timedelta(minutes=30))


def test_the_clinic_says_how_early_the_room_opens(session, visit, template):
    why = {"reason": "Patients test their camera", "revision": 0, "by": COORDINATOR, "now": NOW}
    set_policy(session, key=PolicyKey.JOIN_OPENS_MINUTES, value=60, **why)
    assert room(session, visit, now=START - timedelta(minutes=60)).url is not None


def test_a_canceled_visit_has_no_room(session, visit, template):
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.OTHER, by=COORDINATOR, now=NOW)
    assert room(session, visit) is None


def test_a_room_survives_a_move_and_a_new_key(session, okafor, visit, template):
    before = room(session, visit).url
    where = {"physician_id": okafor.id, "starts_at": at(25, 10, 15), "by": COORDINATOR, "now": NOW, "ring": RING}
    actions.move(session, appointment_id=visit.id, **where)
    assert room(session, visit, now=at(25, 10, 15)).url == before
    newer = KeyRing((("t2", b"a newer key of thirty-two bytes!"), *RING.keys))
    assert room_name(visit.id, ring=newer) == room_name(visit.id, ring=RING)


def test_rooms_of_different_visits_have_nothing_in_common(clinic, okafor, visit):
    other = clinic.visit(clinic.patient(), okafor, at(25, 11))
    names = {room_name(one.id, ring=RING) for one in (visit, other)}
    assert len(names) == 2
    assert all(len(name) == 24 and name.isalnum() and name == name.lower() for name in names)
    assert not any(str(visit.id)[:8] in name for name in names)


@pytest.mark.parametrize(
    "url",
    [
        "http://video.example.org/x",
        "javascript:alert(1)",
        "video.example.org/x",
        "https://",
        "https://user:pw@example.org/x",
        "https://example.org/with space",
        "https://[bad",
        "https://example.org/" + "x" * 300,
    ],
)
def test_an_address_that_nobody_could_open_safely_is_refused(session, visit, url):
    with pytest.raises(JoinUrlRefused, match="https://"):
        set_room(session, visit, url=url)


def test_history_says_that_the_room_changed_but_not_where_it_is(session, visit):
    set_room(session, visit)
    set_room(session, visit)
    set_room(session, visit, url=None)
    changes = [(row.change, row.reason) for row in queries.history_of(session, visit.id)]
    assert changes[-2:] == [("join_changed", "own"), ("join_changed", "usual")]


def test_a_room_is_set_for_the_visit_as_it_was_seen(session, visit):
    set_room(session, visit)
    with pytest.raises(VisitChanged):
        set_room(session, visit, url=DOCTORS, version=visit.version - 1)
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.OTHER, by=COORDINATOR, now=NOW)
    with pytest.raises(StepNotAllowed):
        set_room(session, visit, url=DOCTORS)

"""A form sent twice does its work once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from clinic.kernel import request_key
from clinic.kernel.actor import Role
from clinic.kernel.ids import new_id


def send(session, by, key, now, content="a form"):
    """Return the row of the form, doing the work only the first time."""
    known = request_key.remember(session, by=by, key=key, content=content, now=now)
    if known:
        return known
    made = new_id()
    request_key.settle(session, by=by, key=key, result_id=made)
    return made


def test_the_same_form_gives_the_same_row(session, coordinator, now):
    key = new_id()
    assert send(session, coordinator, key, now) == send(session, coordinator, key, now)


def test_another_key_or_another_person_gives_another_row(session, coordinator, staff_actor, now):
    key = new_id()
    rows = {
        send(session, coordinator, key, now),
        send(session, coordinator, new_id(), now),
        send(session, staff_actor(Role.COORDINATOR), key, now),
    }
    assert len(rows) == 3


def test_other_content_under_a_used_key_is_refused(session, coordinator, now):
    key = new_id()
    send(session, coordinator, key, now)
    with pytest.raises(request_key.FormAlreadyUsed):
        send(session, coordinator, key, now, content="another form")


def test_a_refused_form_leaves_its_key_free(session, coordinator, now):
    key = new_id()
    savepoint = session.begin_nested()
    request_key.remember(session, by=coordinator, key=key, content="a form", now=now)
    savepoint.rollback()
    assert request_key.remember(session, by=coordinator, key=key, content="mended", now=now) is None


def test_a_double_press_waits_and_gets_the_first_ones_row(database, coordinator, now):
    key, line = new_id(), Barrier(6)

    def press(_):
        line.wait()
        with database.begin(by=coordinator) as session:
            return send(session, coordinator, key, now)

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(press, range(6)))) == 1

"""The text about a move waits; going back to where the patient was told takes it back, elsewhere sends one."""

from datetime import timedelta

import pytest

from clinic.gateways.sms import Ambiguous, Rejected, Scope, Unavailable
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.scheduling import actions, queries
from clinic.scheduling.rules.states import CancelReason
from clinic.worklist.queries import open_items_of_patient
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, at
from tests.domains.scheduling.texting import FIRST, REMINDERS, reminders

WAIT = timedelta(seconds=180)
SECOND, THIRD = at(26, 14), at(27, 11, 30)


def told(texting, *words):
    """Return which of these words stand in the last text."""
    return [word for word in words if word in texting.got()[-1]]


def test_the_news_of_a_move_waits_and_names_the_new_time(texting):
    assert len(texting.settle()) == 1
    texting.move(SECOND)
    assert texting.waiting() == {"BOOK_CHANGED": texting.clock() + WAIT} | reminders(at(26, 14))
    assert len(texting.settle(seconds=179)) == 1
    assert len(texting.settle(seconds=1)) == 2
    assert told(texting, "moved to", "Nov 26", "2:00") == ["moved to", "Nov 26", "2:00"]


def test_put_back_in_time_nothing_is_sent_and_everything_is_as_it_was(texting):
    texting.settle()
    texting.confirm()
    texting.move(SECOND)
    assert texting.visit().state == "booked"
    texting.clock.advance(seconds=100)
    back = texting.move(FIRST)
    assert (back.state, back.confirmed_via, back.sequence, back.starts_at) == ("confirmed", "page", 2, FIRST)
    assert texting.waiting() == reminders(at(25, 10))
    assert len(texting.settle(hours=2)) == 1


def test_the_reminder_after_a_put_back_names_the_true_time(texting):
    texting.settle()
    texting.move(SECOND)
    texting.move(FIRST)
    assert len(texting.settle(hours=25)) == 2
    assert told(texting, "Nov 25", "10:00") == ["Nov 25", "10:00"]


def test_moved_twice_one_text_tells_the_last_place(texting):
    texting.settle()
    texting.move(SECOND)
    texting.clock.advance(seconds=60)
    texting.move(THIRD)
    assert len(texting.settle(seconds=179)) == 1
    assert len(texting.settle(hours=1)) == 2
    assert told(texting, "Nov 27", "11:30") == ["Nov 27", "11:30"]


def test_once_the_text_has_left_going_back_is_news_again(texting):
    texting.settle()
    texting.confirm()
    texting.move(SECOND)
    texting.settle(seconds=180)
    back = texting.move(FIRST)
    assert (back.state, back.confirmed_at) == ("booked", None)
    assert len(texting.settle(seconds=180)) == 3
    assert told(texting, "moved to", "Nov 25", "10:00") == ["moved to", "Nov 25", "10:00"]


def test_a_text_that_is_just_leaving_counts_as_told(texting):
    texting.settle()
    texting.move(SECOND)
    texting.clock.advance(seconds=180)
    (claimed,) = texting.desk.claim()
    intent = texting.desk.intend(claimed)
    texting.move(FIRST)
    texting.desk.write_down(intent, texting.provider.send(intent.text))
    assert set(texting.waiting()) == {"BOOK_CHANGED"} | REMINDERS
    assert len(texting.settle(seconds=180)) == 3


def test_a_text_that_is_only_claimed_is_called_back(texting):
    texting.settle()
    texting.move(SECOND)
    texting.clock.advance(seconds=180)
    (claimed,) = texting.desk.claim()
    texting.move(FIRST)
    assert texting.desk.intend(claimed) is None
    assert len(texting.settle(hours=1)) == 1


@pytest.mark.parametrize("outcome", [Unavailable(reason="busy"), Ambiguous(reason="no answer")])
def test_a_first_text_that_comes_back_during_the_move_is_sent_again_for_the_same_place(texting, outcome):
    (claimed,) = texting.desk.claim()
    intent = texting.desk.intend(claimed)
    texting.move(SECOND)
    texting.move(FIRST)
    texting.desk.write_down(intent, outcome)
    texting.clock.advance(minutes=10)
    texting.desk.sweep()
    texting.settle(minutes=5)
    assert [("Nov 25" in body, "moved" in body) for body in texting.got()] == [(True, False)]


def test_a_first_text_that_comes_back_is_dropped_when_the_visit_stands_elsewhere(texting):
    (claimed,) = texting.desk.claim()
    intent = texting.desk.intend(claimed)
    texting.move(SECOND)
    texting.desk.write_down(intent, Unavailable(reason="busy"))
    assert [("Nov 26" in body, "moved" in body) for body in texting.settle(minutes=10)] == [(True, True)]


def test_a_text_that_never_arrived_leaves_nobody_sure_so_the_way_back_is_told(texting):
    texting.settle()
    texting.provider.answers.append(Rejected(code=30006, http_status=400, scope=Scope.NUMBER, reason="landline"))
    texting.move(SECOND)
    texting.settle(seconds=180)
    texting.move(FIRST)
    assert "BOOK_CHANGED" in texting.waiting()


def test_back_before_the_first_text_left_the_first_text_is_planned_again(texting):
    texting.move(SECOND)
    texting.move(FIRST)
    assert texting.waiting() == {"BOOK_CONFIRM": texting.clock()} | reminders(FIRST)
    assert [("Nov 25" in body, "moved" in body) for body in texting.settle(hours=1)] == [(True, False)]


def test_another_physician_at_the_same_time_is_another_place(texting):
    texting.settle()
    texting.move(FIRST, physician=texting.lindqvist)
    assert "BOOK_CHANGED" in texting.waiting()
    texting.move(FIRST)
    assert set(texting.waiting()) == REMINDERS


def test_at_night_the_put_back_may_take_hours(texting):
    texting.settle()
    texting.clock.advance(hours=11)
    texting.move(SECOND)
    assert texting.waiting()["BOOK_CHANGED"] == at(24, 8)
    texting.clock.advance(hours=5)
    texting.move(FIRST)
    assert set(texting.waiting()) == REMINDERS


def test_news_about_a_visit_that_is_near_does_not_wait(texting):
    texting.settle()
    texting.clock.instant = FIRST - timedelta(minutes=20)
    sent = len(texting.settle())
    texting.move(SECOND)
    assert texting.waiting()["BOOK_CHANGED"] == texting.clock()
    assert len(texting.settle()) == sent + 1


def test_the_clinic_decides_how_long_it_waits(texting):
    texting.settle()
    with texting.begin() as session:
        set_policy(
            session,
            key=PolicyKey.MOVE_TEXT_WAITS_SECONDS,
            value=0,
            reason="No waiting here",
            revision=0,
            by=COORDINATOR,
            now=texting.clock(),
        )
    texting.move(SECOND)
    assert len(texting.settle()) == 2


def test_without_a_text_history_says_so_and_the_reminder_has_the_new_time(texting):
    texting.settle()
    texting.move(SECOND, tell=False)
    assert texting.history()[-2:] == ["moved", "not_texted"]
    assert texting.waiting() == reminders(at(26, 14))


def test_who_was_told_by_staff_is_texted_about_the_way_back(texting):
    texting.settle()
    texting.move(SECOND, tell=False)
    texting.clock.advance(seconds=1)
    texting.move(FIRST)
    assert "BOOK_CHANGED" in texting.waiting()


def test_the_way_back_without_a_text_is_no_remark_where_nothing_would_be_sent(texting):
    texting.settle()
    texting.move(SECOND)
    texting.move(FIRST, tell=False)
    assert texting.history()[-2:] == ["moved", "moved"]


def test_a_patient_who_moves_is_told_at_once_and_knows_the_new_time(texting):
    texting.settle()
    texting.clock.advance(seconds=1)
    texting.move(SECOND, by=texting.patient)
    assert texting.waiting()["BOOK_CHANGED"] == texting.clock()
    texting.clock.advance(seconds=1)
    texting.move(THIRD)
    texting.move(SECOND)
    assert set(texting.waiting()) == REMINDERS


def test_a_patient_who_confirms_the_new_time_on_the_page_knows_it(texting):
    texting.settle()
    texting.move(SECOND)
    texting.clock.advance(seconds=30)
    texting.confirm()
    texting.move(FIRST)
    assert "BOOK_CHANGED" in texting.waiting()


def test_a_texted_yes_to_the_time_before_confirms_nothing_and_asks_a_person(texting):
    texting.settle()
    texting.move(SECOND)
    with texting.begin() as session:
        phone_id, now = texting.ana.phone_id, texting.clock()
        outcome = actions.confirm_from_reply(session, phone_id=phone_id, by=COORDINATOR, now=now)
        (item,) = open_items_of_patient(session, patient_id=texting.ana.id)
    assert (outcome.reply, item.kind) == (actions.Reply.UNCLEAR, "reply_unclear")
    assert "before the text" in item.reason
    assert texting.visit().state == "booked"
    texting.settle(seconds=180)
    with texting.begin() as session:
        outcome = actions.confirm_from_reply(session, phone_id=phone_id, by=COORDINATOR, now=texting.clock())
    assert outcome.reply is actions.Reply.CONFIRMED


def test_canceled_while_the_news_waits_the_text_names_the_time_that_the_patient_knows(texting):
    texting.settle()
    texting.move(SECOND)
    texting.act(actions.cancel, reason=CancelReason.CLINIC_REQUEST)
    assert len(texting.settle(hours=1)) == 2
    assert told(texting, "will not take place", "Nov 25", "10:00") == ["will not take place", "Nov 25", "10:00"]


def test_a_change_of_the_patients_facts_lets_the_news_wait_on(texting):
    texting.settle()
    texting.move(SECOND)
    due = texting.waiting()["BOOK_CHANGED"]
    texting.clock.advance(seconds=30)
    with texting.begin() as session:
        actions.follow_patient(session, patient_id=texting.ana.id, by=COORDINATOR, now=texting.clock())
    assert texting.waiting()["BOOK_CHANGED"] == due


def test_a_new_link_takes_the_waiting_news_along(texting):
    texting.settle()
    texting.move(SECOND)
    texting.act(actions.send_new_link, ring=RING)
    assert len(texting.settle(hours=1)) == 2
    assert told(texting, "moved to", "Nov 26") == ["moved to", "Nov 26"]
    assert set(texting.waiting()) == REMINDERS


def test_the_page_can_say_when_the_news_will_leave(texting):
    texting.settle()
    with texting.begin() as session:
        assert queries.waiting_news(session, texting.visit_id) is None
    texting.move(SECOND)
    with texting.begin() as session:
        assert queries.waiting_news(session, texting.visit_id) == texting.clock() + WAIT


def test_undo_puts_everything_back_and_sends_nothing(texting):
    texting.settle()
    texting.confirm()
    uid = texting.visit().uid
    texting.move(SECOND, physician=texting.lindqvist)
    texting.clock.advance(seconds=179)
    back = texting.undo()
    assert (back.uid, back.sequence, back.state, back.confirmed_via) == (uid, 2, "confirmed", "page")
    assert (back.physician_id, back.starts_at) == (texting.okafor.id, FIRST)
    assert texting.history()[-1] == "move_undone"
    assert len(texting.settle(hours=2)) == 1


def test_undo_of_a_silent_move_is_silent(texting):
    texting.settle()
    texting.move(SECOND, tell=False)
    texting.undo()
    assert texting.waiting() == reminders(at(25, 10))
    assert texting.history()[-2:] == ["not_texted", "move_undone"]

"""Answers of a check-in: kept as they come, the newest counts, what alarms is told at once, sent once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clinic.kernel.ids import new_id
from clinic.monitoring.actions import answering
from clinic.monitoring.actions.check_ins import ask_now
from clinic.monitoring.errors import AnswersMissing, CheckInClosed, NotAsked
from clinic.monitoring.models import Answer, CheckIn, Score
from clinic.monitoring.queries.answering import answers_of, check_in_of, sheet
from tests.conftest import Database
from tests.domains.monitoring.check_in_makers import GAD7, PHQ9, SWEEP, Survey, every, survey
from tests.domains.monitoring.test_supplying_instruments import licensed, supply
from tests.domains.scheduling.calendar_makers import NOW, Clinic


@pytest.fixture
def asked(session: Session) -> Survey:
    return survey(session, Clinic(session).patient(), "phq9", "gad7")


def send(one: Survey, **how: bool) -> answering.Sent:
    return answering.submit(one.session, check_in_id=one.id, by=one.by, now=NOW, **how)


def test_an_answer_is_kept_the_moment_it_is_given(asked: Survey):
    asked.save("phq9", {"q1": "2"})
    assert asked.rows("phq9") == [("q1", 2)]
    assert asked.check_in.begun_at == NOW


def test_the_newest_answer_counts_and_the_first_stays(asked: Survey):
    for value in ("2", "0", "3"):
        asked.save("phq9", {"q1": value})
    assert asked.rows("phq9") == [("q1", 2), ("q1", 0), ("q1", 3)]
    parts = {part.instrument.key: part for part in sheet(asked.session, asked.check_in).parts}
    assert parts["phq9"].answers == {"q1": 3}


def test_the_same_answer_twice_is_one_row(asked: Survey):
    for _ in range(2):
        asked.save("phq9", {"q1": "2", "q2": "1"})
    assert asked.rows("phq9") == [("q1", 2), ("q2", 1)]


def test_an_answer_can_be_taken_back_and_nothing_is_rewritten(asked: Survey):
    asked.save("phq9", {"q1": "2"})
    asked.save("phq9", {"q1": ""})
    assert asked.rows("phq9") == [("q1", 2), ("q1", None)]
    assert answers_of(asked.session, [asked.part("phq9").id]) == {}
    with pytest.raises(DBAPIError), asked.session.begin_nested():
        asked.session.execute(text("update answer set value = 0"))


@pytest.mark.parametrize("wrong", ["4", "-1", "1.5", "yes", "2; drop table answer", "9" * 40, True])
def test_a_wrong_answer_is_refused_and_the_others_beside_it_are_kept(asked: Survey, wrong: object):
    saved = asked.save("phq9", {"q1": "1", "q2": wrong})
    assert asked.rows("phq9") == [("q1", 1)]
    [(part_id, item)] = saved.refused
    assert (part_id, item) == (asked.part("phq9").id, "q2")


def test_an_answer_to_a_question_that_is_not_asked_is_not_kept(asked: Survey):
    saved = asked.save("phq9", {"q1": "0", "difficulty": "2"})
    assert saved.unasked == {(asked.part("phq9").id, "difficulty")}
    assert asked.rows("phq9") == [("q1", 0)]
    asked.save("phq9", {"q1": "1", "difficulty": "2"})
    assert asked.newest("phq9") == {"q1": 1, "difficulty": 2}


def test_questions_that_do_not_exist_and_other_check_ins_are_refused(asked: Survey):
    bea = Clinic(asked.session).patient(phone="+13055550188", legal_first_name="Bea")
    other = survey(asked.session, bea, "craving")
    for given in ({asked.part("phq9").id: {"q10": "1"}}, {other.part("craving").id: {"now": "1"}}, {new_id(): {}}):
        with pytest.raises(NotAsked):
            answering.save_answers(asked.session, check_in_id=asked.id, given=given, by=asked.by, now=NOW)
    assert asked.session.scalars(select(Answer)).all() == []


@pytest.mark.parametrize("value", ["1", "2", "3"])
def test_item_nine_is_told_at_once_and_asks_about_safety_in_the_same_check_in(asked: Survey, value: str):
    saved = asked.save("phq9", {"q9": value})
    assert [(one.code, one.asks) for one in saved.alarms] == [("thoughts", "c_ssrs")]
    assert saved.shows == {"crisis_line"}
    assert asked.told("answer.alarming") == [asked.part("phq9").id]
    assert (asked.part("c_ssrs").moment, asked.part("c_ssrs").is_required) == ("safety", True)


def test_no_thoughts_tell_nobody_anything(asked: Survey):
    assert not asked.save("phq9", every(PHQ9, 3) | {"q9": 0}).alarms
    assert asked.told("answer.alarming") == []
    assert [one.instrument_key for one in asked.parts] == ["phq9", "gad7"]


def test_an_alarm_that_is_taken_back_stays_told_and_its_questions_stay(asked: Survey):
    asked.save("phq9", {"q9": "2"})
    assert not asked.save("phq9", {"q9": "0"}).alarms
    assert asked.rows("phq9") == [("q9", 2), ("q9", 0)]
    assert [one.instrument_key for one in asked.parts].count("c_ssrs") == 1
    assert len(asked.told("answer.alarming")) == 1


def test_more_of_the_same_asks_no_second_time_and_is_told_when_it_is_graver(asked: Survey):
    asked.save("phq9", {"q9": "1"})
    assert asked.save("phq9", {"q9": "1"}).alarms == ()
    assert asked.save("phq9", {"q1": "3"}).alarms == ()
    assert [one.level for one in asked.save("phq9", {"q9": "3"}).alarms] == ["urgent"]
    saved = asked.save("c_ssrs", {"q1": "1", "q2": "1", "q4": "1"})
    assert [one.level for one in saved.alarms] == ["crisis"]
    assert saved.shows == {"crisis_line"}
    assert asked.part("c_ssrs").id in asked.told("answer.alarming")
    assert [one.instrument_key for one in asked.parts].count("c_ssrs") == 1


def test_everything_answered_is_sent_once(asked: Survey):
    asked.save("phq9", every(PHQ9, 1) | {"q9": 0, "difficulty": 1})
    asked.save("gad7", every(GAD7, 0))
    sent = send(asked)
    assert sent.is_done
    assert asked.check_in.state == "done"
    totals = asked.session.execute(select(Score.instrument_key, Score.value).where(Score.name == "total")).all()
    assert dict(totals) == {"phq9": 8, "gad7": 0}
    assert len(sent.finished) == 2
    assert asked.told("check_in.answered") == [asked.check_in.id]
    for late in (lambda: send(asked), lambda: asked.save("phq9", {"q1": "3"})):
        with pytest.raises(CheckInClosed):
            late()
    assert sheet(asked.session, asked.check_in).parts == ()


def test_missing_answers_are_left_out_only_on_purpose_and_make_no_total(asked: Survey):
    asked.save("phq9", every("q1 q2", 1))
    asked.save("gad7", every(GAD7, 1))
    with pytest.raises(AnswersMissing):
        send(asked)
    assert send(asked, leaves_out=True).is_done
    assert set(asked.session.scalars(select(Score.instrument_key))) == {"gad7"}


def test_a_part_without_any_answer_is_not_sent_and_stays_open(asked: Survey):
    asked.save("gad7", every(GAD7, 1))
    sent = send(asked, leaves_out=True)
    assert not sent.is_done
    assert (asked.part("phq9").state, asked.check_in.state) == ("waiting", "open")
    asked.save("phq9", every(PHQ9, 0))
    assert send(asked).is_done


def test_an_answer_to_what_is_not_asked_any_more_makes_no_part_answered(asked: Survey):
    asked.save("phq9", {"q1": "1"})
    asked.save("phq9", {"difficulty": "2"})
    asked.save("phq9", {"q1": ""})
    asked.save("gad7", every(GAD7, 1))
    assert not send(asked, leaves_out=True).is_done
    assert asked.part("phq9").state == "waiting"


def test_what_an_alarm_asks_joins_the_check_in_that_is_answered_whatever_the_clock_says(asked: Survey):
    later = ask_now(
        asked.session,
        patient_id=asked.patient.id,
        instrument_keys=["craving"],
        is_required=True,
        by=SWEEP,
        now=NOW + timedelta(days=1),
    )
    other = asked.session.get_one(CheckIn, later)
    other.state, other.opened_at, other.updated_at = "open", NOW, NOW + timedelta(days=2)
    asked.save("phq9", {"q9": "1"})
    assert asked.part("c_ssrs").check_in_id == asked.id


def test_nothing_at_all_cannot_be_sent(asked: Survey):
    with pytest.raises(AnswersMissing):
        send(asked, leaves_out=True)


def test_the_layout_is_remembered(asked: Survey):
    for layout in ("all", "one", "sideways"):
        answering.begin(asked.session, check_in_id=asked.id, layout=layout, by=asked.by, now=NOW)
    assert asked.check_in.layout == "one"
    assert asked.check_in.begun_at == NOW


def test_a_definition_that_changes_meanwhile_changes_no_check_in_that_is_open(session: Session):
    supply(session, "hit6", licensed(), kind="definition")
    asked = survey(session, Clinic(session).patient(), "hit6")
    supply(session, "hit6", licensed(name="HIT-6 (2)"), kind="definition", seen=1)
    [part] = sheet(session, asked.check_in).parts
    assert part.instrument.name == "HIT-6"
    item = part.instrument.items[0]
    asked.save("hit6", {item.key: str(item.highest)})
    assert send(asked, leaves_out=True).is_done


def test_two_tabs_come_one_after_the_other_and_lose_nothing(database: Database):
    with database.begin(by=SWEEP) as session:
        one = survey(session, Clinic(session).patient(), "phq9")
        part_id = one.part("phq9").id

    def tab(items: dict[str, str]) -> None:
        with database.begin(by=one.by) as session:
            answering.save_answers(session, check_in_id=one.id, given={part_id: items}, by=one.by, now=NOW)

    tabs = [threading.Thread(target=tab, args=({f"q{n}": str(n % 3), "q9": "1"},)) for n in range(1, 9)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join()
    with database.begin(by=one.by) as session:
        found = check_in_of(session, one.id)
        parts = {part.instrument.key: part for part in sheet(session, found).parts}
        assert len(parts["phq9"].given) == 9
        assert set(parts) == {"phq9", "c_ssrs"}
        rows = session.scalars(select(Answer.item).where(Answer.assessment_id == part_id)).all()
        assert rows.count("q9") == 1

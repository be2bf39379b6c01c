"""The order of a check-in's questions: by part, what an alarm asks right behind the answer, what comes next."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from clinic.kernel.ids import new_id
from clinic.monitoring.rules.alarms import Alarm
from clinic.monitoring.rules.asking import SAFETY, Part, following, help_to_show, numbered, questions, sections
from clinic.monitoring.rules.instruments import AlarmLevel, Help
from clinic.monitoring.rules.items import Given
from clinic.monitoring.rules.registry import shipped

CALM = {f"q{n}": 0 for n in range(1, 10)}


def part(key: str, answers: Mapping[str, int] | None = None, *, moment: str = "monthly") -> Part:
    given = {item: Given(value=Decimal(value)) for item, value in (answers or {}).items()}
    return Part(assessment_id=new_id(), instrument=shipped()[key, 1], moment=moment, is_required=True, given=given)


def order(*parts: Part) -> list[str]:
    return [f"{one.part.instrument.key}.{one.item.key}" for one in questions(parts)]


def test_questions_come_part_by_part_and_are_numbered_through():
    found = questions([part("craving"), part("gad7")])
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert found[0].part.instrument.key == "craving"
    assert [one.number for one in found if one.is_first_of_part] == [1, 2]


def test_a_question_that_hangs_on_another_is_counted_once_it_is_asked():
    assert "phq9.difficulty" not in order(part("phq9", CALM))
    assert order(part("phq9", CALM | {"q3": 1}))[-1] == "phq9.difficulty"


def test_what_an_alarm_asks_comes_right_behind_the_answer():
    asked = order(part("phq9", CALM | {"q9": 1}), part("gad7"), part("c_ssrs", moment=SAFETY))
    at = asked.index("phq9.q9")
    assert asked[at + 1 : at + 4] == ["c_ssrs.q1", "c_ssrs.q2", "c_ssrs.q6"]
    assert asked[at + 4 : at + 6] == ["phq9.difficulty", "gad7.q1"]


def test_what_an_alarm_asks_and_is_asked_anyway_comes_as_early():
    others = part("gad7"), part("c_ssrs", moment="intake")
    asked = order(part("phq9", CALM | {"q9": 1}), *others)
    assert asked[asked.index("phq9.q9") + 1] == "c_ssrs.q1"
    assert sections([part("phq9", {"q9": 2}), *others])[1].instrument.key == "c_ssrs"
    assert order(part("phq9", CALM), *others)[-1] == "c_ssrs.q6"


def test_of_two_questions_that_can_ask_the_same_the_one_that_alarms_leads():
    calm, loud = part("phq9", CALM), part("pre_session", {"thoughts": 2})
    asked = order(calm, loud, part("c_ssrs", moment=SAFETY))
    assert asked[asked.index("pre_session.thoughts") + 1] == "c_ssrs.q1"


@pytest.mark.parametrize("others", [[], ["gad7"]])
def test_what_was_asked_by_something_that_is_gone_comes_first(others):
    asked = order(*(part(key) for key in others), part("c_ssrs", moment=SAFETY))
    assert asked[0] == "c_ssrs.q1"


def test_on_one_page_the_part_stands_behind_the_one_that_alarmed():
    found = sections([part("phq9", {"q9": 2}), part("gad7"), part("c_ssrs", moment=SAFETY)])
    assert [one.instrument.key for one in found] == ["phq9", "c_ssrs", "gad7"]


def test_next_comes_the_first_open_question_and_what_was_left_out_stays_left_out():
    phq9 = part("phq9", {"q1": 0, "q3": 0, "q4": 0})
    asked = questions([phq9])
    assert following(asked, 1).item.key == "q2"
    assert following(asked, 2).item.key == "q5"
    assert following(asked, len(asked)) is None
    assert numbered(asked, phq9.assessment_id, "q4").number == 4
    assert numbered(asked, phq9.assessment_id, "difficulty") is None
    assert numbered(asked, new_id(), "q4") is None


def alarm(level: AlarmLevel, shows: Help | None = Help.CRISIS_LINE) -> Alarm:
    return Alarm(code="thoughts", level=level, asks=None, shows=shows, item="q9")


REVIEW, URGENT, CRISIS = AlarmLevel.REVIEW, AlarmLevel.URGENT, AlarmLevel.CRISIS


@pytest.mark.parametrize(
    ("before", "found", "shown"),
    [
        ([], [alarm(REVIEW)], {Help.CRISIS_LINE}),
        ([alarm(REVIEW)], [alarm(REVIEW)], set()),
        ([alarm(REVIEW)], [alarm(URGENT)], {Help.CRISIS_LINE}),
        ([alarm(URGENT)], [alarm(REVIEW)], set()),
        ([alarm(URGENT)], [alarm(CRISIS)], {Help.CRISIS_LINE}),
        ([alarm(CRISIS)], [alarm(REVIEW, Help.EMERGENCY)], {Help.EMERGENCY}),
        ([], [alarm(URGENT, None)], set()),
        ([alarm(CRISIS, None)], [alarm(REVIEW)], {Help.CRISIS_LINE}),
    ],
)
def test_help_is_shown_at_once_and_again_only_for_something_graver(before, found, shown):
    assert help_to_show(before, found) == shown

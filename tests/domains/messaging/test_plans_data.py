"""The file of plans: what ships is sound, and a wrong file is refused with a sentence that names the row."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from clinic.messaging.errors import BrokenPlans
from clinic.messaging.rules.plan_data import all_plans, read_plans
from clinic.messaging.rules.plans import condition_of, rows_that_wait, wet_key
from clinic.messaging.rules.templates import all_templates, current
from clinic.reactions import GUARDS
from clinic.scheduling.sending import JUDGED

Raw = dict[str, Any]
PLANS = all_plans()


def stored() -> Raw:
    raw: Raw = json.loads(files("clinic.messaging").joinpath("data/plans.json").read_text(encoding="utf-8"))
    return raw


def refused(change: Callable[[Raw], object]) -> str:
    raw = stored()
    change(raw)
    with pytest.raises(BrokenPlans) as refusal:
        read_plans(json.dumps(raw))
    return str(refusal.value)


def row(raw: Raw, template: str) -> Raw:
    found: Raw = next(one for one in raw["rows"] if one["template"] == template)
    return found


WRONG: dict[str, tuple[Callable[[Raw], object], str]] = {
    "text": (lambda raw: row(raw, "VISIT_15M").update(template="VISIT_99M"), "VISIT_99M .* there is no text"),
    "anchor": (
        lambda raw: row(raw, "VISIT_15M")["at"].update(anchor="begin"),
        "VISIT_15M of session.booked.*'begin' is no known anchor",
    ),
    "fact": (lambda raw: row(raw, "BOOK_CHANGED").update(needs=["nws"]), "BOOK_CHANGED .*'nws' is no known fact"),
    "condition": (
        lambda raw: row(raw, "VISIT_15M").update(asks_at_send="visit_ahead"),
        "'visit_ahead' is no known condition",
    ),
    "no condition": (lambda raw: row(raw, "VISIT_15M").pop("asks_at_send"), "'asks_at_send' is missing"),
    "name": (lambda raw: row(raw, "VISIT_15M").update(wehn=3), "'wehn' is no known name"),
    "variable": (lambda raw: row(raw, "FASTING").update(fills={"then": "food"}), "'then' is no known variable"),
    "clock": (lambda raw: row(raw, "HYDRATE_DAYBEFORE")["at"].update(wall="5 pm"), "'5 pm' is no time of day"),
    "clock without days": (lambda raw: row(raw, "VISIT_15M")["at"].update(wall="17:00"), "a time of day needs days"),
    "both": (lambda raw: row(raw, "VISIT_24H")["at"].update(minutes=5), "in minutes or in days"),
    "half minutes": (lambda raw: row(raw, "VISIT_15M")["at"].update(minutes=-7.5), "whole numbers"),
    "no time": (lambda raw: row(raw, "VISIT_15M").pop("at"), "'at' is missing"),
    "two conditions": (
        lambda raw: raw["rows"].append(row(raw, "VISIT_15M") | {"asks_at_send": "visit_missed"}),
        "VISIT_15M asks for two conditions",
    ),
    "two subjects": (
        lambda raw: row(raw, "SURVEY_LINK").update(events=["check_in.survey", "visit.booked"]),
        "visit.booked: its texts are about appointment and check_in",
    ),
    "merge of one": (lambda raw: raw["merges"][0].update(of=["VISIT_24H", "VISIT_24H"]), "it takes two texts"),
    "merge of a stranger": (
        lambda raw: raw["merges"][0].update(of=["VISIT_24H", "STAFF_TEXT"]),
        "'STAFF_TEXT' is no known text of a row",
    ),
    "merge at no distance": (lambda raw: raw["merges"][0].update(within_minutes=0), "whole number above 0"),
    "part": (lambda raw: raw.update(row=[]), "'row' is no known name"),
    "rows": (lambda raw: raw.pop("rows"), "'rows' is missing"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_the_row_and_the_reason(name: str) -> None:
    change, sentence = WRONG[name]
    assert re.search(sentence, refused(change))


def test_a_file_that_is_no_json_is_refused() -> None:
    with pytest.raises(BrokenPlans, match="no JSON"):
        read_plans("{")


def test_every_text_about_a_visit_has_a_plan_or_comes_from_a_merge() -> None:
    planned = {row.template for row in PLANS.rows} | {merge.into for merge in PLANS.merges}
    about_visits = {one.key for one in all_templates() if one.about == "appointment"}
    assert {wet_key(key) for key in about_visits} == {key for key in planned if current(key).about == "appointment"}


def test_every_condition_that_nobody_waits_for_is_judged_when_a_text_about_a_visit_leaves() -> None:
    asked = {row.asks_at_send for row in PLANS.rows if current(row.template).about == "appointment"}
    assert asked - PLANS.waits_for.keys() == JUDGED
    assert {current(row.template).about for row in PLANS.rows if row.asks_at_send not in PLANS.waits_for} <= set(GUARDS)


def test_no_text_waits_for_a_page_any_more() -> None:
    assert list(rows_that_wait(PLANS)) == []


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        ("VISIT_24H", "visit_to_come"),
        ("VISIT_TOMORROW", "visit_to_come"),
        ("VISIT_TOMORROW_DRY", "visit_to_come"),
        ("BOOK_CONFIRM", "visit_to_come"),
        ("POST_REST_DRY", "visit_took_place"),
        ("VISIT_NO_SHOW", "visit_missed"),
        ("PREP_48H_SITTER", "support_person_unknown"),
        ("STOP_REPLY", None),
    ],
)
def test_a_text_asks_what_its_origin_asks(key: str, condition: str | None) -> None:
    assert condition_of(PLANS, key) == condition

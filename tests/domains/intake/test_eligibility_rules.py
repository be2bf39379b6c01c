"""The rows of eligibility: each reachable, each comparison at its edge, every reason told, and no risk that helps."""

from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.intake.rules.answers import Own, Refused, Why, checked
from clinic.intake.rules.eligibility import WORST_FIRST, Danger, Outcome, Stage, judge, limits_named, risks, rows
from clinic.intake.rules.facts import evidence_of, numbers_of, together
from clinic.intake.rules.public import GULF, PAGES, page_after, page_before, pages_for, questions_on
from clinic.intake.rules.questions import before, section, sections
from clinic.policies.rules.intake import INTAKE
from tests.domains.intake.intake_makers import GOOD

LIMITS = {key.value: about.default for key, about in INTAKE.items()}
OWN = Own(e164="+13055550110", first_name="Ana María", last_name="Cruz", preferred_name="Ani")
CHOICES = {each.key: each for part in (*before(), *sections()) for each in part.questions if each.options}
NUMBERS = {
    "mean_systolic": (118, 139, 140, 129, 130),
    "mean_diastolic": (79, 80, 89, 90),
    "highest_systolic": (159, 160, 179, 180),
    "highest_diastolic": (99, 100, 119, 120),
    "phq9": (9, 10),
    "gad7": (9, 10),
    "c_ssrs": (0, 1, 3),
    "audit_c": (2, 3),
    "drug_use": (0, 1),
    "age": (17, 18),
    "tried_count": (1, 2),
}


def keys(answers, numbers=None, stage=Stage.INTAKE):
    return [
        each.row.key
        for each in judge(answers, numbers or {"phq9": 12, "mean_systolic": 118}, LIMITS, stage=stage).reasons
    ]


def test_good_answers_speak_against_nothing():
    numbers = numbers_of(together(GOOD), scores={"phq9": 12}, born=date(1980, 1, 1), today=date(2026, 11, 23))
    found = judge(together(GOOD), numbers, LIMITS, stage=Stage.INTAKE)
    assert (found.outcome, found.reasons, found.danger) == (Outcome.OK, (), None)
    assert numbers == {
        "phq9": 12, "age": 46, "tried_count": 2, "mean_systolic": 120, "highest_systolic": 121,
        "mean_diastolic": 75, "highest_diastolic": 76,
    }  # fmt: skip


@pytest.mark.parametrize(("pair"), sorted(risks()))
def test_each_risk_is_an_answer_that_is_offered_and_a_reason(pair):
    key, value = pair
    question = CHOICES[key]
    assert value in {each.value for each in question.options}
    ticked = (value,) if question.kind == "many" else value
    reasons = judge({key: ticked}, {"phq9": 12, "mean_systolic": 118}, LIMITS, stage=Stage.INTAKE).reasons
    assert [each for each in reasons if each.row.when.get("key") == key or "any" in each.row.when]


@pytest.mark.parametrize(
    ("name", "row", "least", "below"),
    [
        ("highest_systolic", "pressure_crisis", 180, False),
        ("highest_diastolic", "pressure_crisis", 120, False),
        ("highest_systolic", "pressure_high", 160, False),
        ("highest_diastolic", "pressure_high", 100, False),
        ("mean_systolic", "pressure_high", 140, False),
        ("mean_diastolic", "pressure_high", 90, False),
        ("mean_systolic", "pressure_border", 130, False),
        ("mean_diastolic", "pressure_border", 80, False),
        ("c_ssrs", "suicide_intent", 3, False),
        ("c_ssrs", "suicide_thoughts", 1, False),
        ("audit_c", "alcohol", 3, False),
        ("drug_use", "drug_use", 1, False),
        ("age", "under_age", 18, True),
        ("tried_count", "not_tried", 2, True),
    ],
)
def test_each_number_counts_from_its_edge(name, row, least, below):
    on, off = (least - 1, least) if below else (least, least - 1)
    assert row in keys({}, {name: on})
    assert row not in keys({}, {name: off})


def test_low_scores_count_together_and_only_without_pain():
    both = {"phq9": 9, "gad7": 9, "mean_systolic": 118}
    assert "mild_scores" in keys({"indications": ("depression",)}, both)
    assert "mild_scores" not in keys({"indications": ("depression", "migraine")}, both)
    assert "mild_scores" not in keys({"indications": ("depression",)}, both | {"gad7": 10})
    assert "mild_scores" not in keys({}, both)


def test_what_is_missing_counts_in_an_intake_only():
    assert keys({}, {"age": 30}) == ["no_readings", "no_scores"]
    assert keys({}, {"age": 30}, Stage.PUBLIC) == []


def test_every_row_is_reachable_has_a_source_and_three_wordings():
    reached = set()
    for key, value in risks():
        reached |= set(keys({key: (value,) if CHOICES[key].kind == "many" else value}))
    for name, values in NUMBERS.items():
        reached |= {key for value in values for key in keys({}, {name: value})}
    reached |= set(keys({"indications": ("depression",)}, {"phq9": 1, "gad7": 1})) | set(keys({}, {"age": 20}))
    assert reached == {row.key for row in rows()}
    assert len({row.key for row in rows()}) == len(rows())
    for row in rows():
        assert all((row.source, row.physician, row.coordinator, row.patient["en"], row.patient["es"])), row.key
    assert limits_named() <= set(LIMITS)


def test_danger_is_told_to_all_and_nobody_is_told_to_stop_a_medicine_suddenly():
    assert judge({"suicide": "intent"}, {}, LIMITS, stage=Stage.PUBLIC).danger is Danger.CALL
    assert judge({"suicide": "thoughts"}, {}, LIMITS, stage=Stage.PUBLIC).danger is Danger.HELP
    told = {row.key: row for row in rows()}
    for key in ("takes_benzodiazepine", "maoi", "kratom_recent"):
        assert "suddenly" in told[key].physician
        assert "do not stop" in told[key].patient["en"].lower()
    for key in ("suicide_intent", "suicide_thoughts"):
        assert all("988" in told[key].patient[each] for each in ("en", "es"))


def test_coordinators_read_no_clinical_word():
    clinical = {
        "pressure",
        "kratom",
        "opioid",
        "psychosis",
        "pregnan",
        "suicid",
        "liver",
        "medicine",
        "ketamine",
        "phq",
    }
    for row in rows():
        assert not [word for word in clinical if word in row.coordinator.lower()], row.key


def test_no_sentence_promises_a_benefit_or_names_a_price():
    said = (files("clinic.intake") / "data" / "eligibility.json").read_text() + (
        files("clinic.intake") / "data" / "questions.json"
    ).read_text()
    assert not [
        word for word in ("cure", "guarantee", "$", "safe and effective", "you will feel") if word in said.lower()
    ]


answers = st.fixed_dictionaries(
    {},
    optional={
        key: st.lists(st.sampled_from([each.value for each in question.options]), min_size=1, unique=True).map(tuple)
        if question.kind == "many"
        else st.sampled_from([each.value for each in question.options])
        for key, question in CHOICES.items()
    },
)
numbers = st.fixed_dictionaries({}, optional={name: st.integers(0, 220) for name in NUMBERS})


@given(answers, numbers, st.data())
@settings(max_examples=150, deadline=None)
def test_taking_a_risk_away_never_makes_it_worse(given_answers, given_numbers, data):
    found = judge(given_answers, given_numbers, LIMITS, stage=Stage.INTAKE)
    assert found == judge(dict(reversed(given_answers.items())), given_numbers, LIMITS, stage=Stage.INTAKE)
    order = [WORST_FIRST.index(each.row.outcome) for each in found.reasons]
    assert order == sorted(order)
    at_risk = [(k, v) for k, v in sorted(risks()) if v in given_answers.get(k, ()) or given_answers.get(k) == v]
    if not at_risk:
        return
    key, value = data.draw(st.sampled_from(at_risk))
    left = dict(given_answers)
    kept = tuple(each for each in left[key] if each != value) if isinstance(left[key], tuple) else ()
    left[key] = kept
    if not kept:
        del left[key]
    better = judge(left, given_numbers, LIMITS, stage=Stage.INTAKE)
    assert WORST_FIRST.index(better.outcome) >= WORST_FIRST.index(found.outcome)
    assert {each.row.key for each in better.reasons} <= {each.row.key for each in found.reasons}


@given(st.dictionaries(st.sampled_from(sorted(NUMBERS)[:6]), st.integers(0, 250)), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_a_higher_reading_is_never_better(given_numbers, more):
    given_numbers = {k: v for k, v in given_numbers.items() if k.startswith(("mean", "highest"))}
    worse = {name: value + more for name, value in given_numbers.items()}
    before_, after = (judge({}, each, LIMITS, stage=Stage.PUBLIC) for each in (given_numbers, worse))
    assert WORST_FIRST.index(after.outcome) <= WORST_FIRST.index(before_.outcome)


@pytest.mark.parametrize(
    ("part", "changes", "problems"),
    [
        ("support", {"support_phone": "305 555 0110"}, {"support_phone": Why.OWN_PHONE}),
        ("support", {"support_phone": "12"}, {"support_phone": Why.NOT_A_PHONE}),
        ("support", {"support_name": "ana maria CRUZ"}, {"support_name": Why.OWN_NAME}),
        ("support", {"support_name": "Cruz, Ani"}, {"support_name": Why.OWN_NAME}),
        ("support", {"support_name": ""}, {"support_name": Why.MISSING}),
        ("readings", {"systolic_1": "76", "diastolic_1": "118"}, {"systolic_1": Why.WRONG_WAY_ROUND}),
        ("readings", {"systolic_2": "85", "diastolic_2": "76"}, {"systolic_2": Why.WRONG_WAY_ROUND}),
        ("readings", {"systolic_1": "261"}, {"systolic_1": Why.IMPOSSIBLE}),
        ("readings", {"diastolic_1": "29"}, {"diastolic_1": Why.IMPOSSIBLE}),
        ("readings", {"systolic_1": "١٢٠"}, {"systolic_1": Why.IMPOSSIBLE}),
        ("heart", {"vessels": "maybe", "heart_other": ""}, {"heart_other": Why.MISSING, "vessels": Why.NOT_OFFERED}),
        ("medicines", {"groups": ("none", "maoi")}, {"groups": Why.ALONE}),
        ("medicines", {"groups": ("gold",)}, {"groups": Why.NOT_OFFERED}),
        ("home", {"emergency_here": "no"}, {"emergency_address": Why.MISSING}),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_every_problem(part, changes, problems):
    with pytest.raises(Refused) as refused:
        checked(section(part), GOOD[part] | changes, OWN)
    assert refused.value.problems == problems


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("readings", {"systolic_1": "260", "diastolic_1": "160"}),
        ("readings", {"systolic_1": "86", "diastolic_1": "76"}),
        ("readings", {"systolic_1": "60", "diastolic_1": "30"}),
        ("support", {"support_name": "Maria Cruz"}),
    ],
)
def test_an_answer_on_the_edge_is_taken(part, changes):
    kept = checked(section(part), GOOD[part] | changes, OWN)
    assert all(kept[key] == value for key, value in changes.items())


def test_what_is_not_asked_is_not_kept():
    kept = checked(section("readings"), GOOD["readings"] | {"has_cuff": "no"}, OWN)
    assert kept == {"has_cuff": "no"}
    assert section("readings").is_complete(kept)
    assert checked(section("support"), GOOD["support"], OWN)["support_phone"] == "+13055550199"


def test_the_hash_of_evidence_changes_with_answers_scores_and_policies():
    day, born = date(2026, 11, 23), date(1980, 1, 1)
    made = {"scores": {"phq9": 12}, "limits": LIMITS, "born": born, "today": day}
    first = evidence_of(GOOD, **made)
    assert first.hash == evidence_of(dict(reversed(GOOD.items())), **made).hash
    changed = [
        evidence_of(GOOD | {"home": {}}, **made),
        evidence_of(GOOD, **(made | {"scores": {"phq9": 13}})),
        evidence_of(GOOD, **(made | {"limits": LIMITS | {"intake_audit_c": 4}})),
    ]
    assert len({each.hash for each in (first, *changed)}) == 4


def test_the_public_pages_follow_each_other_and_end_early_for_some():
    here = {"you": {"adult": "yes", "state": "FL"}}
    assert GULF not in pages_for(here, "12086")
    assert pages_for(here, "12045") == list(PAGES)
    assert page_after("county", here, "12045") == GULF
    assert page_after("county", here, "12086") == "reasons"
    assert page_before("reasons", here, "12086") == "county"
    assert page_after(PAGES[-1], here, "12086") is None
    for you in ({"adult": "no", "state": "FL"}, {"adult": "yes", "state": "other"}):
        assert page_after("you", {"you": you}, None) is None
    assert len([each for page in PAGES for _, each in questions_on(page)]) > 20

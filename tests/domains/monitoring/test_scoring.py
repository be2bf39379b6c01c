"""Scores from raw answers: every edge of every band, published rules, and nothing from answers that are missing."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.monitoring.errors import AnswerRefused
from clinic.monitoring.rules.instruments import Instrument, ScoreKind
from clinic.monitoring.rules.items import Item, ItemKind
from clinic.monitoring.rules.registry import newest, shipped
from clinic.monitoring.rules.scoring import Scored, band_of, scored

Answers = dict[str, Decimal]


def instrument(key: str) -> Instrument:
    found = newest(key)
    assert found is not None
    return found


def answers(**values: int) -> Answers:
    return {key: Decimal(value) for key, value in values.items()}


def every(instrument: Instrument, value: int) -> Answers:
    """The same answer to every question, within its limits; what is not asked after it is left out by scoring."""
    return {
        item.key: min(max(Decimal(value), item.lowest), item.highest) for item in instrument.items if item.is_numeric
    }


def summing_to(instrument: Instrument, total: int, keys: list[str]) -> Answers:
    left, found = total, {}
    for key in keys:
        item = instrument.item(key)
        assert item is not None
        found[key] = Decimal(min(left, int(item.highest)))
        left -= int(found[key])
    assert left == 0
    return found


def only(key: str, given: Mapping[str, Decimal]) -> Scored:
    (one,) = scored(instrument(key), given)
    return one


EDGES = {
    "phq9": "0 4 minimal, 5 9 mild, 10 14 moderate, 15 19 moderately_severe, 20 27 severe",
    "gad7": "0 4 minimal, 5 9 mild, 10 14 moderate, 15 21 severe",
    "sds_ketamine": "0 3 below_cut, 4 15 at_cut",
    "craving": "0 3 low, 4 6 watch, 7 10 review",
    "drug_use": "0 0 negative, 1 999 positive",
}
"""The first and the last total of each band."""


def edges() -> list[tuple[str, int, str]]:
    bands = [(key, *band.split()) for key, all_bands in EDGES.items() for band in all_bands.split(", ")]
    return [(key, int(total), band) for key, first, last, band in bands for total in dict.fromkeys((first, last))]


@pytest.mark.parametrize(("key", "total", "band"), edges())
def test_a_total_lies_in_its_published_band(key: str, total: int, band: str) -> None:
    about = instrument(key)
    (rule,) = about.scores
    one = only(key, summing_to(about, total, list(rule.items)))
    assert (one.value, one.band) == (total, band)


@pytest.mark.parametrize(
    ("given", "value", "band"),
    [
        (answers(q1=0), 0, "below_cut"),  # the other two are not asked
        (answers(q1=1, q2=0, q3=1), 2, "below_cut"),
        (answers(q1=3, q2=0, q3=0), 3, "cut_women"),
        (answers(q1=2, q2=1, q3=1), 4, "cut_all"),
        (answers(q1=4, q2=4, q3=4), 12, "cut_all"),
    ],
)
def test_audit_c_has_one_cut_for_women_and_one_for_all(given: Answers, value: int, band: str) -> None:
    one = only("audit_c", given)
    assert (one.value, one.band) == (value, band)


@pytest.mark.parametrize(
    ("given", "mean"),
    [
        (answers(pain=0, enjoyment=0, activity=0), "0.0"),
        (answers(pain=7, enjoyment=6, activity=4), "5.7"),
        (answers(pain=5, enjoyment=5, activity=6), "5.3"),
        (answers(pain=10, enjoyment=10, activity=10), "10.0"),
    ],
)
def test_peg_is_a_mean_with_one_decimal_and_no_band(given: Answers, mean: str) -> None:
    one = only("peg", given)
    assert (str(one.value), one.band) == (mean, None)


BLADDER = [
    (dict.fromkeys(range(1, 11), 0), "0.0"),
    (dict.fromkeys(range(1, 9), 4) | {9: 3, 10: 3}, "38.0"),
    (dict.fromkeys(range(1, 11), 1), "10.0"),
    ({1: 4, 2: 4, 3: 4, 4: 0, 5: 0, 6: 0}, "19.0"),  # 12 of 24
    ({1: 1, 2: 0, 3: 0, 4: 0, 9: 3, 10: 3}, "12.1"),  # 7 of 22
    ({1: 1, 2: 1, 3: 1, 4: 0, 5: 0, 6: 0, 7: 0, 8: 0, 9: 0}, "3.3"),  # 3 of 35
]


@pytest.mark.parametrize(("given", "total"), BLADDER)
def test_the_bladder_total_is_scaled_to_what_was_answered(given: dict[int, int], total: str) -> None:
    one = only("lurn_si10", answers(**{f"q{number}": value for number, value in given.items()}))
    assert (str(one.value), one.band) == (total, None)


def test_five_answers_of_ten_about_the_bladder_give_no_total() -> None:
    assert scored(instrument("lurn_si10"), answers(q1=4, q2=4, q3=4, q4=4, q5=4, bother=3)) == ()


RISKS = [
    (answers(q1=0, q2=0, q6=0), 0, "none"),
    (answers(q1=1, q2=0, q6=0), 1, "low"),
    (answers(q1=0, q2=1, q3=0, q4=0, q5=0, q6=0), 1, "low"),
    (answers(q1=1, q2=1, q3=1, q4=0, q5=0, q6=0), 2, "moderate"),
    (answers(q1=0, q2=0, q6=1, q6_recent=0), 2, "moderate"),
    (answers(q1=1, q2=1, q3=0, q4=1, q5=0, q6=0), 3, "high"),
    (answers(q1=1, q2=1, q3=0, q4=0, q5=1, q6=0), 3, "high"),
    (answers(q1=0, q2=0, q6=1, q6_recent=1), 3, "high"),
    (answers(q1=1, q2=1, q3=1, q4=1, q5=1, q6=1, q6_recent=1), 3, "high"),
    (answers(q1=0, q2=0, q3=1, q4=1, q5=1, q6=0), 0, "none"),  # answered first, then question 2 was changed to no
]


@pytest.mark.parametrize(("given", "value", "band"), RISKS)
def test_the_screener_gives_the_published_triage_and_no_sum(given: Answers, value: int, band: str) -> None:
    one = only("c_ssrs", given)
    assert (one.value, one.band) == (value, band)


@pytest.mark.parametrize(
    "given", [answers(q1=1, q6=1, q6_recent=0), answers(q1=0, q2=1, q6=0), answers(q1=0, q2=0, q6=1)]
)
def test_the_screener_gives_no_risk_while_a_question_that_is_asked_is_open(given: Answers) -> None:
    assert scored(instrument("c_ssrs"), given) == ()


def test_withdrawal_counts_what_was_moderate_or_severe() -> None:
    about = instrument("withdrawal")
    assert only("withdrawal", every(about, 1)).value == 0
    assert only("withdrawal", every(about, 2)).value == 14
    assert only("withdrawal", every(about, 0) | answers(craving=3, fatigue=2, shaking=1)).value == 2


@pytest.mark.parametrize(("worst", "band"), [(0, "none"), (1, "mild"), (2, "moderate"), (3, "severe")])
def test_the_worst_side_effect_counts(worst: int, band: str) -> None:
    for key, item in (("side_effects", "nausea"), ("side_effects_between", "memory")):
        one = only(key, every(instrument(key), 0) | {item: Decimal(worst)})
        assert (one.value, one.band) == (worst, band)


def test_no_headache_is_a_headache_of_zero() -> None:
    assert only("headache_session", answers(any=0)).value == 0
    assert only("headache_session", answers(any=1, severity=7)).value == 7
    assert scored(instrument("headache_session"), answers(any=1)) == ()


@pytest.mark.parametrize(
    ("key", "name", "item"),
    [
        ("sleep", "quality", "quality"),
        ("mood", "mood", "mood"),
        ("bladder_extra", "burning", "burning"),
        ("headache_month", "days", "days"),
        ("craving", "now", "now"),
    ],
)
def test_a_single_scale_is_its_own_score(key: str, name: str, item: str) -> None:
    one = only(key, {item: Decimal("6.00")})
    assert (one.name, str(one.value)) == (name, "6")


def test_the_unscored_question_changes_no_total() -> None:
    given = summing_to(instrument("phq9"), 12, [f"q{number}" for number in range(1, 10)])
    assert only("phq9", given) == only("phq9", given | answers(difficulty=3))


@pytest.mark.parametrize("missing", [f"q{number}" for number in range(1, 10)])
def test_eight_answers_of_nine_give_no_total(missing: str) -> None:
    given = every(instrument("phq9"), 3)
    del given[missing]
    assert scored(instrument("phq9"), given) == ()


def test_a_value_outside_every_band_has_none() -> None:
    assert band_of(instrument("phq9"), "total", Decimal(28)) is None
    assert band_of(instrument("phq9"), "mean", Decimal(3)) is None


def test_no_answers_give_no_scores() -> None:
    assert [scored(each, {}) for each in shipped().values()] == [()] * len(shipped())


@st.composite
def filled(draw: st.DrawFn) -> tuple[Instrument, Answers]:
    """Any instrument with any possible answer to any of its questions."""
    about = draw(st.sampled_from(list(shipped().values())))
    found: Answers = {}
    for item in about.items:
        if item.is_numeric and draw(st.booleans() if len(about.items) < 5 else st.just(True)):
            found[item.key] = draw(possible(item))
    return about, found


def possible(item: Item) -> st.SearchStrategy[Decimal]:
    if item.kind is ItemKind.CHOICE:
        return st.sampled_from([Decimal(option.value) for option in item.options])
    return st.integers(int(item.lowest), int(item.highest)).map(Decimal)


@settings(max_examples=150, deadline=None)
@given(filled(), st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter_and_scores_stay_in_their_range(
    case: tuple[Instrument, Answers], random: "object"
) -> None:
    about, found = case
    shuffled = list(found.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    scores = scored(about, dict(shuffled))
    assert scores == scored(about, found)
    for one in scores:
        rule = about.score(one.name)
        assert rule is not None
        assert rule.least <= one.value <= rule.most
        assert (one.band is None) == (not rule.bands)


@settings(max_examples=150, deadline=None)
@given(filled(), st.data())
def test_a_missing_answer_never_gives_a_total_unless_the_rule_allows(
    case: tuple[Instrument, Answers], data: st.DataObject
) -> None:
    about, found = case
    counted = {rule.name: rule for rule in about.scores}
    if not found or not counted:
        return
    gone = data.draw(st.sampled_from(sorted(found)))
    before = {one.name for one in scored(about, found)}
    after = {one.name for one in scored(about, {key: value for key, value in found.items() if key != gone})}
    for name in after & before:
        rule = counted[name]
        may_miss = rule.kind is ScoreKind.PRORATED or rule.if_not_asked is not None
        assert gone not in rule.items or may_miss


WRONG = [
    True,
    False,
    1,
    1.0,
    "1",
    None,
    Decimal("NaN"),
    Decimal("Infinity"),
    Decimal("0.5"),
    Decimal(-1),
    Decimal(1000),
]


@pytest.mark.parametrize("key", [key for key, _ in shipped()])
@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_what_is_no_kept_answer_is_refused_and_never_counted(key: str, value: object) -> None:
    about = instrument(key)
    for item in about.items:
        with pytest.raises(AnswerRefused) as refusal:
            scored(about, {item.key: value})  # type: ignore[dict-item]
        assert refusal.value.field == item.key


def test_an_answer_to_no_question_is_refused() -> None:
    with pytest.raises(AnswerRefused, match="No question"):
        scored(instrument("phq9"), answers(q10=1))

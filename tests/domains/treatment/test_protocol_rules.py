"""The numbers of a protocol: what cannot be right is refused at its own name, and every refusal has its flip side."""

import json
from copy import deepcopy
from importlib.resources import files

import pytest

from clinic.treatment.errors import ProtocolRefused
from clinic.treatment.rules.adjustments import ADJUSTABLE, adjusted, checked_adjustments, numbers_of
from clinic.treatment.rules.protocol_fields import FIELDS
from clinic.treatment.rules.reading import checked, definition_of, protocol_of
from clinic.treatment.rules.spacing import shortest_days

STANDARD = json.loads((files("clinic.treatment") / "data" / "default_protocol.json").read_text())["definition"]


def with_numbers(**changes):
    """Return the standard program with other numbers, by dotted name with two underscores for the dot."""
    definition = deepcopy(STANDARD)
    for name, value in changes.items():
        part, _, inner = name.rpartition("__")
        (definition[part] if part else definition)[inner] = value
    return definition


def test_the_standard_program_is_read_and_written_back_unchanged():
    protocol = protocol_of(STANDARD)
    assert protocol.induction.sessions == 6
    assert protocol.taper.gaps_days == (30, 45, 60, 90)
    assert definition_of(protocol) == STANDARD
    assert checked(protocol) == protocol


@pytest.mark.parametrize(
    ("field", "refused", "accepted"),
    [
        ("induction.least_days", {"induction__least_days": 29}, {"induction__least_days": 28}),
        ("induction.least_gap_hours", {"induction__least_gap_hours": 241}, {"induction__target_gap_days": 10}),
        ("induction.target_gap_days", {"induction__target_gap_days": 2}, {"induction__target_gap_days": 3}),
        ("induction.target_gap_days", {"induction__target_gap_days": 11}, {"induction__target_gap_days": 10}),
        ("induction.sessions", {"induction__sessions": 10}, {"induction__sessions": 9}),
        ("induction.sessions", {"weekly_most": 1}, {"weekly_most": 1, "induction__sessions": 5}),
        (
            "induction.least_days",
            {"induction__most_gap_days": 5, "induction__least_days": 26},
            {"induction__most_gap_days": 5, "induction__least_days": 25},
        ),
        ("maintenance.from_days", {"maintenance__from_days": 61}, {"maintenance__from_days": 35}),
        ("maintenance.least_gap_days", {"maintenance__least_gap_days": 29}, {"maintenance__least_gap_days": 28}),
        ("maintenance.target_days", {"maintenance__target_days": 27}, {"maintenance__target_days": 28}),
        ("maintenance.target_days", {"maintenance__target_days": 61}, {"maintenance__target_days": 60}),
        ("taper.gaps_days", {"taper__gaps_days": [30, 45, 44]}, {"taper__gaps_days": [30, 45, 45]}),
        ("taper.gaps_days", {"taper__gaps_days": []}, {"taper__gaps_days": [30]}),
        ("aftercare.after_weeks", {"aftercare__after_weeks": [2, 2]}, {"aftercare__after_weeks": [2, 3]}),
        (
            "reviews.after_first_from_days",
            {"reviews__after_first_from_days": 3},
            {"reviews__after_first_from_days": 2},
        ),
        ("restart_after_days", {"restart_after_days": 59}, {"restart_after_days": 60}),
        ("induction.visit_type", {"induction__visit_type": "no code!"}, {"induction__visit_type": "long_session"}),
        ("induction.sessions", {"induction__sessions": "6"}, {"induction__sessions": 5}),
        ("induction.sessions", {"induction__sessions": True}, {"induction__sessions": 4}),
        ("induction.sessions", {"induction__sessions": 6.0}, {"induction__sessions": 6}),
        ("weekly_most", {"weekly_most": 0}, {"weekly_most": 2}),
        ("weekly_most", {"weekly_most": 8}, {"weekly_most": 7}),
        ("taper.gaps_days", {"taper__gaps_days": "30"}, {"taper__gaps_days": [30, 31]}),
        ("taper.gaps_days", {"taper__gaps_days": [30, 10**9]}, {"taper__gaps_days": [30, 365]}),
        ("taper.gaps_days", {"taper__gaps_days": [30] * 13}, {"taper__gaps_days": [30] * 12}),
        ("induction", {"induction": None}, {"induction": STANDARD["induction"]}),
        ("induction.dose", {"induction__dose": 1}, {}),
        ("price", {"price": 1}, {}),
    ],
)
def test_a_number_that_cannot_be_right_is_refused_at_its_name(field, refused, accepted):
    with pytest.raises(ProtocolRefused) as caught:
        protocol_of(with_numbers(**refused))
    assert caught.value.field == field
    assert caught.value.message.endswith(".")
    protocol_of(with_numbers(**accepted))


@pytest.mark.parametrize(
    ("part", "name"), [("induction", "sessions"), ("reviews", "visit_type"), (None, "weekly_most")]
)
def test_a_missing_number_is_named(part, name):
    definition = deepcopy(STANDARD)
    del (definition[part] if part else definition)[name]
    with pytest.raises(ProtocolRefused) as caught:
        protocol_of(definition)
    assert caught.value.field == (f"{part}.{name}" if part else name)


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_every_number_has_limits_that_slips_of_the_finger_do_not_pass(field):
    for absurd in (field.least - 1, field.most + 1):
        with pytest.raises(ProtocolRefused) as caught:
            protocol_of(with_numbers(**{field.name.replace(".", "__"): [absurd] if field.is_list else absurd}))
        assert caught.value.field == field.name
        assert str(field.most) in caught.value.message


def test_too_many_visits_for_the_days_are_refused_with_the_days_they_need():
    with pytest.raises(ProtocolRefused, match=r"with these gaps and at most 2 in seven days take at least 17 "):
        protocol_of(with_numbers(induction__most_days=16, induction__least_days=14))
    protocol_of(with_numbers(induction__most_days=17, induction__least_days=14))


@pytest.mark.parametrize(
    ("visits", "gap", "weekly", "days"),
    [
        (1, 72, 2, 0),
        (2, 72, 2, 3),
        (3, 72, 2, 7),
        (6, 72, 2, 17),
        (6, 72, 7, 15),
        (6, 24, 7, 5),
        (8, 24, 7, 7),
        (2, 60, 7, 2),
        (3, 60, 7, 5),
        (4, 24, 1, 21),
        (3, 200, 1, 16),
    ],
)
def test_the_fewest_days_count_the_gap_and_the_weekly_most(visits, gap, weekly, days):
    assert shortest_days(visits, least_gap_hours=gap, weekly_most=weekly) == days


def test_a_patients_own_numbers_take_the_place_of_the_protocols():
    protocol = protocol_of(STANDARD)
    own = adjusted(protocol, {"induction.sessions": 4, "taper.gaps_days": [40, 50]})
    assert (own.induction.sessions, own.taper.gaps_days) == (4, (40, 50))
    assert protocol.induction.sessions == 6
    assert own.maintenance == protocol.maintenance


def test_own_numbers_that_are_the_protocols_are_not_kept():
    protocol = protocol_of(STANDARD)
    given = {"maintenance.target_days": 30, "induction.sessions": 6, "taper.gaps_days": [30, 45, 60, 90]}
    assert checked_adjustments(protocol, given) == {"maintenance.target_days": 30}


@pytest.mark.parametrize(
    ("field", "adjustments"),
    [
        ("induction.visit_type", {"induction.visit_type": "follow_up"}),
        ("least_session_minutes", {"least_session_minutes": 30}),
        ("aftercare.after_weeks", {"aftercare.after_weeks": [1]}),
        ("dose", {"dose": 1}),
        ("induction.", {"induction.": 1}),
        ("induction.sessions", {"induction.sessions": 12}),
        ("maintenance.least_gap_days", {"maintenance.least_gap_days": 30}),
        ("induction.sessions", {"induction.sessions": None}),
    ],
)
def test_own_numbers_are_listed_ones_and_make_sense_with_the_others(field, adjustments):
    with pytest.raises(ProtocolRefused) as caught:
        adjusted(protocol_of(STANDARD), adjustments)
    assert caught.value.field == field


def test_a_form_finds_every_number_by_its_name():
    assert list(numbers_of(protocol_of(STANDARD))) == list(FIELDS)
    assert set(ADJUSTABLE) < set(FIELDS)
    assert all(field.words and field.unit for field in FIELDS.values())

"""The boxes of a protocol hold every number of it and read in plain words."""

from dataclasses import replace

import pytest

from clinic.treatment.errors import ProtocolRefused
from clinic.treatment.queries import protocols
from clinic.treatment.rules.protocols import Protocol
from clinic.web.physician.protocols.boxes import BOX_OF, flat, protocol_from, typed_boxes
from clinic.web.physician.protocols.form import ProtocolForm, numbers
from clinic.web.physician.protocols.sentences import differences, sentences


@pytest.fixture
def usual(session) -> Protocol:
    return protocols(session)[0].protocol


def test_the_boxes_lose_nothing(usual):
    values = {name: typed for name, typed in typed_boxes(usual).items() if name in ProtocolForm.model_fields}
    read = {box.name: _read(box, values[box.name]) for box in BOX_OF.values()}
    assert protocol_from(read) == usual


def _read(box, typed: str):
    if box.field is None:
        return typed
    return numbers(typed) if box.is_list else int(typed)


def test_nothing_differs_from_itself_and_one_number_differs_alone(usual):
    assert differences(usual, usual, kinds={}) == []
    [one] = differences(usual, replace(usual, weekly_most=1), kinds={})
    assert (one.group, one.label, one.before, one.after) == (
        "In every phase",
        "Most in seven days",
        "2 visits",
        "1 visit",
    )


def test_a_kind_of_visit_reads_by_its_name(usual):
    other = replace(usual, taper=replace(usual.taper, visit_type="x"))
    [one] = differences(usual, other, kinds={"x": "Short session"})
    assert one.after == "Short session"


def test_one_of_a_thing_reads_as_one(usual):
    single = replace(
        usual,
        taper=replace(usual.taper, gaps_days=(30,), leeway_days=0),
        aftercare=replace(usual.aftercare, after_weeks=(1,), leeway_days=1),
    )
    said = sentences(single)
    assert said["taper"] == "1 more visit, after 30 days, each on its day."
    assert said["aftercare"] == "1 check, 1 week after the last visit, each up to 1 day later, never earlier."
    assert BOX_OF["maintenance.until_days"].in_words(1) == "1 day after the last"
    assert BOX_OF["taper.gaps_days"].in_words([30, 45, 60]) == "30, 45 and 60 days"


@pytest.mark.parametrize("typed", ["", "soon", "1,,x", "1.5", "-3", "12345", "٣"])
def test_what_is_no_list_of_numbers_is_refused(typed):
    with pytest.raises(ProtocolRefused):
        numbers(typed)


def test_a_list_may_have_spaces_or_commas():
    assert numbers("30, 45 60") == [30, 45, 60]


def test_every_number_has_a_box_in_the_form(usual):
    assert {box.name for box in BOX_OF.values()} <= set(ProtocolForm.model_fields)
    assert list(flat(usual)) == list(BOX_OF)

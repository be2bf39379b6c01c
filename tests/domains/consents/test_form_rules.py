"""Rules of forms: who signs what, what the words are made of, what a signature needs, and which ones count."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.consents.actions.documents import shipped_words
from clinic.consents.errors import WordsRefused
from clinic.consents.rules.kinds import LANGUAGES, ConsentKind, all_kinds
from clinic.consents.rules.signing import RecordName, Signing, faults, is_like, is_plausible
from clinic.consents.rules.standing import FormStatus, InForce, Signed, standing, status_of
from clinic.consents.rules.words import Block, BlockKind, clean_words, fingerprint, parsed, require_publishable
from clinic.kernel.ids import new_id

K = ConsentKind
NAME = RecordName(first="José", last="Núñez-Rivera", preferred="Pepe")


@pytest.mark.parametrize(
    ("state", "of_pain", "required"),
    [
        ("FL", False, {"telehealth", "off_label", "treatment_agreement", "privacy"}),
        ("NJ", False, {"telehealth", "off_label", "treatment_agreement", "privacy"}),
        ("FL", True, {"telehealth", "off_label", "treatment_agreement", "privacy", "pain_fl"}),
        ("NJ", True, {"telehealth", "off_label", "treatment_agreement", "privacy", "pain_nj"}),
        ("GA", True, set()),
    ],
)
def test_the_state_and_the_reason_of_care_say_what_has_to_be_signed(state, of_pain, required):
    assert {kind for kind, facts in all_kinds().items() if facts.is_required(state=state, of_pain=of_pain)} == required
    offered = {kind for kind, facts in all_kinds().items() if facts.is_offered(state=state, of_pain=of_pain)}
    assert offered == required | ({"release"} if state != "GA" else set())


@pytest.mark.parametrize("kind", list(ConsentKind))
def test_the_shipped_words_can_be_published_and_promise_nothing(kind):
    words = {language: shipped_words(kind, language) for language in LANGUAGES}
    require_publishable(words, all_kinds()[kind])
    for language, text in words.items():
        assert not re.search(r"kratom|\$|[0-9] ?mg\b", text, re.IGNORECASE), (kind, language)
        shape = [block.kind for block in parsed(text).blocks if block.kind is not BlockKind.PARAGRAPH]
        assert shape == [b.kind for b in parsed(words["en"]).blocks if b.kind is not BlockKind.PARAGRAPH]
    facts = all_kinds()[kind]
    assert bool(facts.withdrawal["en"]) == bool(facts.withdrawal["es"]) == facts.can_be_withdrawn


def test_the_fda_warning_is_acknowledged_apart():
    text = parsed(shipped_words(K.OFF_LABEL, "en"))
    assert "I have read the FDA warning of October 10, 2023" in text.boxes[0]
    assert len(text.boxes) == 2


def test_words_are_taken_apart_into_what_is_shown():
    found = parsed("# T\n\n## H\nfirst\nline\n\n- one\n  more\n- two\n\n[ ] yes\n\n[ ] also\nthis\n<b>")
    assert found.title == "T"
    assert found.blocks == (
        Block(BlockKind.HEADING, "H"),
        Block(BlockKind.PARAGRAPH, "first line"),
        Block(BlockKind.ITEM, "one more"),
        Block(BlockKind.ITEM, "two"),
        Block(BlockKind.BOX, "yes", 1),
        Block(BlockKind.BOX, "also this <b>", 2),
    )


@given(st.text(max_size=200))
def test_no_words_break_the_reader_and_none_but_marks_are_lost(words):
    text = parsed(words)
    shown = "".join([text.title, *(block.text for block in text.blocks)])
    assert [one.number for one in text.blocks if one.kind is BlockKind.BOX] == list(range(1, len(text.boxes) + 1))
    assert len(fingerprint(words)) == 64
    assert set(shown) <= set(words) | {" "}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("No title", "Begin with a line"),
        ("# ", "Begin with a line"),
        ("# Only a title", "Write something"),
        ("# T\n\n" + "a" * 20_000, "too long"),
        ("# T\n\nIt is safe and effective.", "safe and effective"),
        ("# T\n\nGarantizamos mejoría.", "Garantizamos"),
        ("# T\n\nIt cures.", "cures"),
    ],
)
def test_words_that_cannot_be_a_form_are_refused_with_the_reason(typed, said):
    with pytest.raises(WordsRefused, match=re.escape(said)) as refused:
        clean_words(typed, field="es")
    assert refused.value.field == "es"


@pytest.mark.parametrize(
    ("kind", "en", "es", "field"),
    [
        (K.OFF_LABEL, "# T\n\na", "# T\n\na", "en"),
        (K.PRIVACY, "# T\n\n[ ] a", "# T\n\na", "es"),
        (K.PRIVACY, "# T\n\na", "# T\n\n[ ] a", "es"),
    ],
)
def test_both_languages_have_the_same_boxes_and_the_warning_has_one(kind, en, es, field):
    with pytest.raises(WordsRefused) as refused:
        require_publishable({"en": en, "es": es}, all_kinds()[kind])
    assert refused.value.field == field
    require_publishable({"en": "# T\n\n[ ] a", "es": "# T\n\n[ ] a"}, all_kinds()[kind])


@pytest.mark.parametrize(
    ("typed", "plausible", "alike"),
    [
        ("José Núñez-Rivera", True, True),
        ("jose nunez", True, True),
        ("RIVERA, JOSE", True, True),
        ("Pepe Nunez Rivera", True, True),
        ("José", False, False),
        ("x y", False, False),
        ("J. Núñez", True, False),
        ("Maria Nunez", True, False),
        ("Jose Garcia", True, False),
        ("1 2 3", False, False),
        ("   ", False, False),
        ("李 小龙", True, False),
    ],
)
def test_a_name_is_compared_without_accents_and_never_refused_for_one(typed, plausible, alike):
    assert (is_plausible(typed), is_like(typed, NAME)) == (plausible, alike)


def signing(**changes) -> Signing:
    wanted = {
        "version_id": new_id(),
        "language": "en",
        "typed_name": "Jose Rivera",
        "is_my_name": False,
        "agrees_to_electronic": True,
        "boxes": frozenset({1, 2}),
    } | changes
    return Signing(**wanted)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"boxes": frozenset({2})}, {"box_1": "box_missing"}),
        ({"boxes": frozenset({1, 2, 9})}, {}),
        ({"typed_name": ""}, {"typed_name": "name_missing"}),
        ({"typed_name": "Ann Other"}, {"is_my_name": "name_differs"}),
        ({"typed_name": "Ann Other", "is_my_name": True}, {}),
        ({"typed_name": "Ann", "is_my_name": True}, {"typed_name": "name_missing"}),
        ({"agrees_to_electronic": False}, {"agrees_to_electronic": "not_electronic"}),
        (
            {"agrees_to_electronic": False, "boxes": frozenset(), "typed_name": ""},
            {
                "box_1": "box_missing",
                "box_2": "box_missing",
                "typed_name": "name_missing",
                "agrees_to_electronic": "not_electronic",
            },
        ),
    ],
)
def test_everything_that_is_missing_is_told_at_once(changes, expected):
    assert faults(signing(**changes), NAME, boxes=2, names_recipient=False) == expected


def test_a_release_names_who_gets_it():
    missing = faults(signing(), NAME, boxes=2, names_recipient=True)
    assert missing == {"released_to": "recipient_missing"}
    assert faults(signing(released_to="Dr. Lin"), NAME, boxes=2, names_recipient=True) == {}


def signed(number: int, *, kind: ConsentKind = K.PRIVACY, is_withdrawn: bool = False) -> Signed:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return Signed(kind=kind, signature_id=new_id(), number=number, at=at, withdrawn_at=at if is_withdrawn else None)


@pytest.mark.parametrize(
    ("one", "status"),
    [
        (None, FormStatus.MISSING),
        (signed(2), FormStatus.OUTDATED),
        (signed(3), FormStatus.CURRENT),
        (signed(4), FormStatus.CURRENT),
        (signed(4, is_withdrawn=True), FormStatus.WITHDRAWN),
        (signed(2, is_withdrawn=True), FormStatus.WITHDRAWN),
    ],
)
def test_a_signature_counts_from_the_last_version_that_everybody_signs(one, status):
    assert status_of(InForce(kind=K.PRIVACY, newest=4, oldest_valid=3), one) is status


def test_what_is_optional_is_never_missing_and_what_was_signed_is_still_shown():
    in_force = {kind: InForce(kind=kind, newest=1, oldest_valid=1) for kind in (K.PRIVACY, K.RELEASE, K.PAIN_FL)}
    found = standing(in_force, [signed(1, kind=K.PAIN_FL)], state="FL", of_pain=False)
    assert [(form.kind, form.is_required) for form in found.forms] == [
        (K.PAIN_FL, False), (K.PRIVACY, True), (K.RELEASE, False),
    ]  # fmt: skip
    assert [form.kind for form in found.missing] == [K.PRIVACY]
    assert standing(in_force, [signed(1)], state="FL", of_pain=False).is_complete
    assert found.of(K.TELEHEALTH) is None

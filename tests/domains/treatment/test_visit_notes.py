"""Visit notes: drafts of their authors, signed with what was shown, locked, proven whole each time they are read."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from clinic.audit.models import AuditEvent
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.scheduling.errors import UnknownAppointment
from clinic.treatment.actions import notes as actions
from clinic.treatment.errors import (
    NoteNotSigned,
    NoteRefused,
    NoteSigned,
    NotWhatWasShown,
    NotYourNote,
    PhysicianDecides,
    UnknownNote,
)
from clinic.treatment.queries import notes as queries
from clinic.treatment.rules.notes import Fact, addendum_hash, content_hash, data_of, facts_of, shown_hash
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.scheduling.crowd import DEADLOCKS, together
from tests.domains.treatment.plan_makers import CourseClinic, on, take

WORDS = "Sleeps better.\nWe stay with the gaps.  <b>ok</b>"
FACTS = (Fact(what="PHQ-9", value="7, mild", on=date(2026, 11, 20)), Fact(what="Open flags", value="none"))

APART = "1d837dce433fc6266c54f9734a5cfaddb0833f9df2f70648f3853ae8181fc598"


@pytest.fixture
def ward(session):
    """A patient of Dr. Okafor's and of Dr. Herrera's."""
    made = CourseClinic(session)
    made.ana = made.patient()
    made.plan_of_ana = made.plan(patient=made.ana)
    made.herrera, made.colleague = made.physician("Dr. Luis Herrera")
    made.plan(patient=made.patient(), physician=made.herrera)
    return made


def drafted(session, ward, **changes):
    return actions.write_note(
        session, **({"patient_id": ward.ana.id, "words": WORDS, "by": ward.doctor, "now": NOW} | changes)
    )


def shown(note, facts=FACTS):
    return shown_hash(note.words, data_of(facts), physician_id=note.physician_id)


def signed(session, ward, note, **changes):
    wanted = {"note_id": note.id, "facts": FACTS, "shown": shown(note), "version": note.version, "by": ward.doctor}
    return actions.sign_note(session, **(wanted | {"now": NOW} | changes))


def read(session, ward, note):
    return queries.note_of(session, patient_id=ward.ana.id, note_id=note.id, physician_id=ward.okafor.id)


def added(session, ward, note, words="Called back, all well.", **changes):
    wanted = {"note_id": note.id, "words": words, "key": new_id(), "by": ward.doctor, "now": NOW + timedelta(days=1)}
    wanted["shown"] = addendum_hash(words, note_hash=note.content_hash or "", actor_id=wanted["by"].id)
    return actions.add_addendum(session, **(wanted | changes))


def test_the_hash_is_of_words_data_physician_and_time_and_of_nothing_else():
    """APART was made with sha256sum of the canonical JSON."""
    known = {"physician_id": UUID(int=7), "at": NOW}
    right = content_hash(WORDS, data_of(FACTS), **known)
    others = [
        content_hash(WORDS + " ", data_of(FACTS), **known),
        content_hash(WORDS, data_of(FACTS[:1]), **known),
        content_hash(WORDS, data_of(FACTS), **(known | {"physician_id": UUID(int=8)})),
        content_hash(WORDS, data_of(FACTS), **(known | {"at": NOW + timedelta(microseconds=1)})),
    ]
    assert right not in others
    assert content_hash("a", "[]", **known) == APART
    assert facts_of(data_of(FACTS)) == FACTS


def test_a_draft_waits_for_its_author_and_nobody_else_sees_it(session, ward):
    visit = take(session, ward.plan_of_ana, at=on("2026-11-12"))
    note = drafted(session, ward, appointment_id=visit.id)
    [waiting] = queries.unsigned_of(session, ward.okafor.id)
    assert (waiting.note_id, waiting.patient_id, waiting.appointment_id) == (note.id, ward.ana.id, visit.id)
    assert queries.unsigned_of(session, ward.herrera.id) == []
    assert queries.notes_of(session, patient_id=ward.ana.id, physician_id=ward.herrera.id) == []
    with pytest.raises(UnknownNote):
        queries.note_of(session, patient_id=ward.ana.id, note_id=note.id, physician_id=ward.herrera.id)


def test_a_note_needs_words_a_visit_of_the_patient_and_a_physician_of_the_care_team(session, ward):
    for words in ("", "  \n ", "x" * 8001):
        with pytest.raises(NoteRefused):
            drafted(session, ward, words=words)
    with pytest.raises(UnknownAppointment):
        drafted(session, ward, appointment_id=new_id())
    for somebody in (ward.colleague, COORDINATOR, ward.admin):
        with pytest.raises(PhysicianDecides):
            drafted(session, ward, by=somebody)


def test_the_same_draft_sent_twice_is_one(session, ward):
    key = new_id()
    assert drafted(session, ward, key=key).id == drafted(session, ward, key=key).id
    assert drafted(session, ward, key=key, words="Something else").id != key
    assert len(queries.unsigned_of(session, ward.okafor.id)) == 2


def test_signing_locks_words_and_data_and_proves_them_each_time(session, ward):
    note = signed(session, ward, drafted(session, ward))
    found = read(session, ward, note)
    assert (found.words, found.facts, found.signed_at, found.is_whole) == (WORDS, FACTS, NOW, True)
    assert found.content_hash == content_hash(WORDS, data_of(FACTS), physician_id=ward.okafor.id, at=NOW)
    assert queries.unsigned_of(session, ward.okafor.id) == []
    again = {"note_id": note.id, "version": note.version, "by": ward.doctor, "now": NOW}
    with pytest.raises(NoteSigned):
        actions.edit_note(session, words="Other words", **again)
    with pytest.raises(NoteSigned):
        actions.discard_note(session, **again)
    with pytest.raises(NoteSigned):
        signed(session, ward, note)


def test_only_what_the_page_showed_is_signed(session, ward):
    note = drafted(session, ward)
    newer = (*FACTS, Fact(what="GAD-7", value="12"))
    for changes in ({"facts": newer}, {"shown": "0" * 64}, {"shown": ""}):
        with pytest.raises(NotWhatWasShown):
            signed(session, ward, note, **changes)
    assert note.signed_at is None
    with pytest.raises(ChangedMeanwhile):
        signed(session, ward, note, version=note.version + 1)


def test_a_draft_is_changed_signed_and_discarded_by_its_author_alone(session, ward):
    from clinic.people.actions import open_record

    note = drafted(session, ward)
    open_record(session, record_number=ward.ana.record_number, reason="An emergency", by=ward.colleague, now=NOW)
    asked = {"note_id": note.id, "version": note.version, "by": ward.colleague, "now": NOW}
    for verb, more in ((actions.edit_note, {"words": "Mine"}), (actions.discard_note, {})):
        with pytest.raises(NotYourNote):
            verb(session, **asked, **more)
    with pytest.raises(NotYourNote):
        signed(session, ward, note, by=ward.colleague)


def test_a_discarded_draft_is_gone(session, ward):
    note = drafted(session, ward)
    actions.discard_note(session, note_id=note.id, version=note.version, by=ward.doctor, now=NOW)
    assert queries.unsigned_of(session, ward.okafor.id) == []
    with pytest.raises(UnknownNote):
        read(session, ward, note)
    with pytest.raises(NoteSigned):
        actions.edit_note(session, note_id=note.id, words="Again", version=note.version, by=ward.doctor, now=NOW)


@pytest.mark.parametrize(
    "damage",
    [
        "content_hash = repeat('0', 64)",
        "signed_at = signed_at + interval '1 second'",
        "words_sealed = set_byte(words_sealed, length(words_sealed) - 1, 7)",
        "words_sealed = data_sealed",
        "data_sealed = null",
        "physician_id = (select id from physician where full_name = 'Dr. Luis Herrera')",
    ],
)
def test_a_note_that_was_changed_behind_our_back_says_so(session, ward, damage):
    note = signed(session, ward, drafted(session, ward))
    session.execute(text(f"update visit_note set {damage}"))  # noqa: S608 - the test's own words
    session.expire_all()
    assert not read(session, ward, note).is_whole


def test_an_addendum_is_signed_too_and_leaves_the_note_as_it_was(session, ward):
    note = drafted(session, ward)
    with pytest.raises(NoteNotSigned):
        added(session, ward, note)
    signed(session, ward, note)
    key, before = new_id(), note.content_hash
    for _ in range(2):
        added(session, ward, note, key=key)
    with pytest.raises(NotWhatWasShown):
        added(session, ward, note, shown="0" * 64)
    found = read(session, ward, note)
    assert [(one.words, one.who, one.is_whole) for one in found.addenda] == [
        ("Called back, all well.", "Dr. Amara Okafor", True)
    ]
    assert (found.content_hash, found.is_whole) == (before, True)
    session.execute(text("update visit_note set content_hash = repeat('0', 64)"))
    session.expire_all()
    [one] = read(session, ward, note).addenda
    assert not one.is_whole


def test_nothing_of_a_note_stands_in_the_audit_trail(begin, session, ward):
    session.commit()
    with begin(by=ward.doctor) as begun:
        note = drafted(begun, ward, words="Marker xylophone")
    with begin(by=ward.doctor) as begun:
        note = signed(begun, ward, note, facts=(), shown=shown(note, ()))
    with begin(by=ward.doctor) as begun:
        added(begun, ward, note, words="Marker xylophone again")
    rows = session.scalars(
        select(AuditEvent).where(AuditEvent.subject_kind == "visit_note").order_by(AuditEvent.seq)
    ).all()
    assert [row.action for row in rows] == ["note.drafted", "note.signed", "note.extended"]
    assert all("xylophone" not in str(row.details) and row.patient_ids == [ward.ana.id] for row in rows)


def test_of_two_signatures_at_the_same_moment_one_counts(database):
    with database.begin(by=COORDINATOR) as session:
        ward = CourseClinic(session)
        ward.ana = ward.patient(agrees=False)
        ward.plan(patient=ward.ana)
        note = drafted(session, ward)
        asked = {"note_id": note.id, "facts": FACTS, "shown": shown(note), "version": note.version}
    doctor = ward.doctor

    def sign(minutes):
        with database.begin(by=doctor) as session:
            return actions.sign_note(session, **asked, by=doctor, now=NOW + timedelta(minutes=minutes)).signed_at

    results = together(lambda: sign(1), lambda: sign(2))
    assert sorted(type(each).__name__ for each in results) == ["NoteSigned", "datetime"]
    with database.engine.connect() as connection:
        assert connection.scalar(DEADLOCKS) == 0

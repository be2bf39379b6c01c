"""Notes, a taper and an emergency in the small town: what Okafor wrote, and a record that a colleague opened."""

from datetime import timedelta

from clinic.people.actions import open_record
from clinic.treatment.actions import notes
from clinic.treatment.rules.notes import Fact, data_of, shown_hash
from tests.browser.town import Town

PATIENT = "marisol"


def add_notes(town: Town) -> None:
    """Keep a signed note and a draft of one patient, and let a colleague open another record this morning."""
    by, patient_id = town.actors["okafor"], town.patients[PATIENT].id
    asked = {"patient_id": patient_id, "by": by, "now": town.now - timedelta(days=3)}
    facts = (Fact(what="PHQ-9", value="7, mild"), Fact(what="Open flags", value="none"))
    with town.begin(by=by) as session:
        note = notes.write_note(session, words="Sleeps better, goes for walks again.\nWe stay with the gaps.", **asked)
        shown = shown_hash(note.words or "", data_of(facts), physician_id=note.physician_id)
        signed = {"note_id": note.id, "facts": facts, "shown": shown, "version": note.version}
        notes.sign_note(session, **signed, by=by, now=asked["now"])
        draft = notes.write_note(session, words="Called about the next date.", **asked)
        town.others |= {"signed_note": note.id, "draft_note": draft.id}
    _emergency(town)


def _emergency(town: Town) -> None:
    by, number = town.actors["raman"], town.patients[PATIENT].record_number
    because = "Found confused at home, the daughter calls."
    with town.begin(by=by) as session:
        opened = open_record(session, record_number=number, reason=because, by=by, now=town.now - timedelta(hours=3))
        town.others["access_id"] = opened.id

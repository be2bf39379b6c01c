"""What physicians of the demo do besides visits: decide about a flag, write notes, open a record in an emergency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import partial
from uuid import UUID

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.cli.demo.stage import Act
from clinic.dashboards.deciding import deciding_facts
from clinic.kernel.actor import Actor, system
from clinic.kernel.localtime import edge_instant
from clinic.monitoring.actions.flags import settle
from clinic.monitoring.queries.flags import open_flags_of
from clinic.monitoring.rules.flags import Decision
from clinic.people import queries as people
from clinic.people.actions.emergency import end_over, open_record
from clinic.treatment.actions.notes import sign_note, write_note
from clinic.treatment.rules.notes import data_of, shown_hash

_SETTLED, _SIGNED, _DRAFT, _OPENED = (27, "S03"), 2, 9, 7
"""Places in the list: whose flag is decided, of whom there is a note, a draft, a record opened in an emergency."""

_DECIDED = "Nausea in the first hour only, gone after a light snack. Eats two hours earlier from now on."
_NOTE = (
    "Doing well. Sleeps through, is back at work four days a week, and walks every morning. The last session was calm; "
    "blood pressure as before.\n\nNo wish for more, no urge between sessions. We stay with the plan and talk again in "
    "four weeks."
)
_BEGUN = (
    "The last session came sooner than planned. Talk about the extra unit, the early refill, and what the week is like."
)
_EMERGENCY = "The support person called the office: dizzy and frightened. Dr. Okafor is on a plane."
_WORKER = system("Watch")


@dataclass(frozen=True)
class Physicians:
    """The work of the last days, in time for the reader."""

    desk: Desk
    journeys: Sequence[Journey]
    today: date

    def plan(self) -> None:
        """Plan what happens to whom."""
        place, rule_id = _SETTLED
        if max(place, _SIGNED, _DRAFT, _OPENED) >= len(self.journeys):
            return
        self._on(1, time(14, 20), partial(self.decide, place, rule_id))
        self._on(2, time(15, 10), partial(self.write, _SIGNED, _NOTE, signs=True))
        self._on(1, time(16, 40), partial(self.write, _DRAFT, _BEGUN, signs=False))
        self._on(1, time(11, 5), self.open_in_emergency)
        self._on(1, time(11, 25), self.end_emergency)

    def decide(self, place: int, rule_id: str) -> None:
        """Let the physician say what follows from a flag."""
        patient_id, by = self._known(place)
        with self.desk.stage.runtime.begin(by=by) as session:
            for row in open_flags_of(session, patient_id):
                if row.rule_id == rule_id:
                    settle(
                        session,
                        flag_id=row.id,
                        decision=Decision.EXPLAINED,
                        note=_DECIDED,
                        look_again_on=self.today + timedelta(days=30),
                        version=row.version,
                        by=by,
                        now=self.desk.now,
                    )

    def write(self, place: int, words: str, *, signs: bool) -> None:
        """Let the physician write a note, and sign it with what was known then."""
        (patient_id, by), now = self._known(place), self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            row = write_note(session, patient_id=patient_id, words=words, by=by, now=now)
            if signs:
                facts = deciding_facts(session, patient_id=patient_id, now=now)
                shown = shown_hash(row.words or "", data_of(facts), physician_id=row.physician_id)
                sign_note(session, note_id=row.id, facts=facts, shown=shown, version=row.version, by=by, now=now)

    def open_in_emergency(self) -> None:
        """Let a physician who does not treat the patient open the record."""
        patient_id, own = self._known(_OPENED)
        by = next(other for other in self.desk.team.physicians.values() if other is not own)
        with self.desk.stage.runtime.begin(by=by) as session:
            number = people.patient(session, patient_id).record_number
            open_record(session, record_number=number, reason=_EMERGENCY, by=by, now=self.desk.now)

    def end_emergency(self) -> None:
        """Write down that the time is up, as the worker does."""
        with self.desk.stage.runtime.begin(by=_WORKER) as session:
            end_over(session, by=_WORKER, now=self.desk.now)

    def _on(self, back: int, at: time, act: Act) -> None:
        self.desk.stage.at(edge_instant(self.today - timedelta(days=back), at, self.desk.zone), act)

    def _known(self, place: int) -> tuple[UUID, Actor]:
        journey = self.journeys[place]
        assert journey.physician_id is not None
        return journey.patient_id, self.desk.team.physicians[journey.physician_id]

"""Check-ins at the demo clinic: asked, texted, answered and looked at by the product's own jobs, day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select

from clinic.cli.demo.answers import answers_to
from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.cli.demo.medication_days import units_said
from clinic.cli.demo.signs import ASKED, ROUNDS, SIGNS, Found, Signs
from clinic.cli.demo.stage import Act
from clinic.kernel.actor import Actor, system
from clinic.kernel.localtime import edge_instant
from clinic.monitoring.actions.answering import save_answers, submit
from clinic.monitoring.actions.check_ins import ask_now
from clinic.monitoring.actions.findings import record_finding
from clinic.monitoring.jobs import work_on_check_ins
from clinic.monitoring.models import CheckIn
from clinic.monitoring.queries.answering import sheet
from clinic.treatment.queries import plan_of_patient
from clinic.vigilance.looking import look_at_many

_WORKER = system("Watch")
_LONG_ENOUGH = 600.0
_WORKS = (24, 19, 15, 12, 9, 7, 4, 2, 1, 0)
"""So many days ago the jobs opened and closed check-ins; on every day would take a seed too long."""
_ASKED, _MORNING, _ANSWERED = time(9, 30), time(9, 40), time(10, 50)
_SPARED = timedelta(hours=8)
"""Nothing is answered in the last hours, so that the reader finds check-ins that are open."""
_LOOKS = 3
_QUIET = Signs(rounds=())


@dataclass(frozen=True)
class Monitoring:
    """Everybody's check-ins; a patient's place in the list says which signs there are."""

    desk: Desk
    journeys: Sequence[Journey]
    places: Sequence[int]
    today: date

    def plan(self) -> None:
        """Plan the work of the jobs, what physicians ask for and write down, and what patients answer."""
        for number, back in enumerate(ROUNDS):
            self._at(back, _ASKED, partial(self.ask, number))
        for back in _WORKS:
            self._at(back, _MORNING, self.work)
            self._at(back, _ANSWERED, partial(self.answer, back), spares=_SPARED)
        for place in self.places:
            for found in SIGNS.get(place, _QUIET).found:
                self._at(found.ago, time(13, 5), partial(self.write_down, place, found), spares=_SPARED)
        self.desk.stage.at(self.desk.stage.until - timedelta(minutes=30), self.look_round)

    def work(self) -> None:
        """Open and close check-ins."""
        runtime = self.desk.stage.runtime
        work_on_check_ins(runtime.begin, clock=runtime.clock, ring=runtime.link_ring, by=_WORKER, seconds=_LONG_ENOUGH)

    def look_round(self) -> None:
        """Let the rules look at everybody once, before the reader does."""
        found = (self._patient(place) for place in self.places)
        with self.desk.stage.runtime.begin(by=_WORKER) as session:
            look_at_many(session, sorted(each for each in found if each), by=_WORKER, now=self.desk.now)

    def ask(self, number: int) -> None:
        """Let the physicians ask for a round of answers from everybody whose plan goes on."""
        for place in self.places:
            patient_id, by = self._patient(place), self._physician(place)
            signs = SIGNS.get(place, _QUIET)
            if patient_id is None or by is None or number not in signs.rounds:
                continue
            keys = [*ASKED, *(signs.also if number else ())]
            with self.desk.stage.runtime.begin(by=by) as session:
                if plan_of_patient(session, patient_id) is not None:
                    ask_now(
                        session,
                        patient_id=patient_id,
                        instrument_keys=keys,
                        is_required=True,
                        by=by,
                        now=self.desk.now,
                    )

    def answer(self, back: int) -> None:
        """Let everybody who answers answer what is open."""
        number = max((place for place, ago in enumerate(ROUNDS) if back <= ago), default=0)
        with self.desk.stage.read() as session:
            is_open = CheckIn.state == "open", CheckIn.part == "day"
            wanted = select(CheckIn.patient_id, CheckIn.id).where(*is_open)
            waiting = list(session.execute(wanted.order_by(CheckIn.opens_at, CheckIn.id)))
        for place in self.places:
            signs, patient_id = SIGNS.get(place, _QUIET), self._patient(place)
            if not signs.answers or (signs.leaves_last and back <= ROUNDS[-1]):
                continue
            for check_in_id in (row.id for row in waiting if row.patient_id == patient_id):
                self._answer(self.journeys[place], check_in_id, signs.wishes(number))

    def write_down(self, place: int, found: Found) -> None:
        """Let the physician write down what was seen or told."""
        patient_id, by = self._patient(place), self._physician(place)
        if patient_id is None or by is None:
            return
        with self.desk.stage.runtime.begin(by=by) as session:
            record_finding(
                session,
                patient_id=patient_id,
                kind=found.kind,
                details=found.details,
                found_on=self.today - timedelta(days=found.ago),
                note=found.note,
                by=by,
                now=self.desk.now,
            )

    def _answer(self, journey: Journey, check_in_id: UUID, wishes: Mapping[tuple[str, str], int]) -> None:
        """Answer everything, what an answer brings up too, and send it."""
        by, now = journey.owner.actor, self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            asked = session.get_one(CheckIn, check_in_id)
            told = {**wishes, **units_said(session, journey.patient_id)}
            for _ in range(_LOOKS):
                parts = [part for part in sheet(session, asked).parts if not part.given]
                if not parts:
                    break
                given = {
                    part.assessment_id: answers_to(part.instrument, told, today=self.desk.day(now)) for part in parts
                }
                save_answers(session, check_in_id=check_in_id, given=given, by=by, now=now)
            submit(session, check_in_id=check_in_id, leaves_out=True, by=by, now=now)

    def _at(self, back: int, at: time, act: Act, *, spares: timedelta = timedelta()) -> None:
        when: datetime = edge_instant(self.today - timedelta(days=back), at, self.desk.zone)
        if when <= self.desk.stage.until - spares:
            self.desk.stage.at(when, act)

    def _patient(self, place: int) -> UUID | None:
        return self.journeys[place].owner.patient_id if place < len(self.journeys) else None

    def _physician(self, place: int) -> Actor | None:
        physician_id = self.journeys[place].physician_id
        return self.desk.team.physicians.get(physician_id) if physician_id else None

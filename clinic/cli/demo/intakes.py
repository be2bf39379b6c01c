"""Intakes at the demo clinic, one in every state: begun, standing still, waiting, sent back, accepted, declined."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.cli.demo.medication_parcels import physician_of
from clinic.cli.demo.stage import Act
from clinic.intake.actions.deciding import Decided, decide
from clinic.intake.actions.saving import save_section, send_intake
from clinic.intake.actions.starting import start_intake
from clinic.intake.queries.intakes import evidence_now, living_intake
from clinic.intake.rules.questions import Answers, sections
from clinic.intake.rules.states import AskedOf, Decision, Source
from clinic.kernel.actor import Actor
from clinic.people.queries import patient

_CALM: Mapping[str, Answers] = {
    "reasons": {"indications": ("depression", "anxiety"), "since": "About four years"},
    "tried": {
        "tried_count": "3",
        "tried_what": "Two antidepressants for half a year each, and therapy.",
        "ketamine_before": "no",
        "ketamine_allergy": "no",
        "ketamine_elsewhere": "no",
    },
    "heart": {"high_pressure": "no", "heart_event": "no", "heart_other": "no", "vessels": "no"},
    "mind": {"psychosis": "no", "mania": "no", "confusion": "no", "suicide": "no"},
    "body": {
        **dict.fromkeys(("pregnancy", "liver", "head", "eyes", "thyroid", "lungs", "bladder"), "no"),
    },
    "medicines": {"groups": ("none",), "list": "Sertraline 100 mg every morning"},
    "substances": {
        "kratom": "no",
        "dependence": "no",
        "opioid_disorder": "no",
        "alcohol": "never",
        "cannabis": "never",
    },
    "support": {
        "has_support": "yes",
        "support_name": "Rosa Everhart",
        "support_phone": "(305) 555-0168",
        "support_adult": "yes",
    },
    "readings": {
        "has_cuff": "yes",
        "systolic_1": "122",
        "diastolic_1": "78",
        "systolic_2": "118",
        "diastolic_2": "76",
    },
    "home": {"safe_place": "yes", "stable_home": "yes", "emergency_here": "yes"},
}
_WITH_RISKS: Mapping[str, Answers] = {
    **_CALM,
    "heart": {**_CALM["heart"], "high_pressure": "treated"},
    "medicines": {"groups": ("benzodiazepine",), "list": "Lorazepam 0.5 mg at night, lisinopril 10 mg"},
    "substances": {**_CALM["substances"], "kratom": "earlier"},
    "readings": {**_CALM["readings"], "systolic_1": "136", "diastolic_1": "84"},
}
_WITH_STOP: Mapping[str, Answers] = {**_CALM, "heart": {**_CALM["heart"], "vessels": "yes"}}

_STILL_DAYS = timedelta(days=4, hours=1)
_NEEDED_PATIENTS = 48
_FITS = "Two trials without enough effect, readings are calm, support person agreed."
_NOT_HERE = "An aneurysm is known; care at home is not safe. Talked about other treatments."
_UNSURE = "Only one pair of readings on treatment; please measure on two more days."


@dataclass
class Intakes:
    """Everybody's intake; a patient's place in the list says which."""

    desk: Desk
    journeys: Sequence[Journey]

    def plan(self) -> None:
        """Plan the last days of eight intakes; a small clinic has none."""
        if len(self.journeys) < _NEEDED_PATIENTS:
            return
        until = self.desk.stage.until
        self.desk.stage.at(until - _STILL_DAYS, partial(self.begin, 45, parts=3))
        self._ago(20, partial(self.begin, 46, parts=5))
        for place, hours, answers in ((34, 22, _WITH_RISKS), (36, 5, _CALM), (37, 26, _WITH_RISKS), (35, 30, _CALM)):
            self._ago(hours, partial(self.complete, place, answers))
        self._ago(28, partial(self.complete, 38, _WITH_STOP))
        self._ago(27, partial(self.complete, 47, _WITH_RISKS))
        self._ago(4, partial(self.decide, 35, Decided(decision=Decision.ACCEPT, reason=_FITS)))
        self._ago(3, partial(self.decide, 38, Decided(decision=Decision.DECLINE, reason=_NOT_HERE)))
        more = Decided(
            decision=Decision.NEEDS_MORE, reason=_UNSURE, asked_of=AskedOf.COORDINATOR, sections=("readings",)
        )
        self._ago(2, partial(self.decide, 47, more))

    def begin(self, place: int, *, parts: int) -> None:
        """Let a coordinator start an intake, of which the patient answers some parts."""
        by, journey = self.desk.anybody(), self.journeys[place]
        with self._begin(by) as session:
            start_intake(
                session,
                patient_id=journey.patient_id,
                source=Source.DESK,
                by=by,
                now=self.desk.now,
                ring=self.desk.stage.runtime.link_ring,
            )
        self._answer(journey, _CALM, parts)

    def complete(self, place: int, answers: Mapping[str, Answers]) -> None:
        """Let a patient answer everything and send it."""
        self.begin(place, parts=0)
        journey = self.journeys[place]
        self._answer(journey, answers, len(answers))
        with self._begin(journey.owner.actor) as session:
            send_intake(session, patient_id=journey.patient_id, by=journey.owner.actor, now=self.desk.now)

    def decide(self, place: int, decided: Decided) -> None:
        """Let the patient's physician decide on what is there."""
        journey, now = self.journeys[place], self.desk.now
        by = physician_of(self.desk, journey)
        with self._begin(by) as session:
            found = living_intake(session, journey.patient_id)
            evidence = evidence_now(session, found, patient(session, journey.patient_id), now=now)
            decide(
                session,
                patient_id=journey.patient_id,
                decided=decided,
                shown=evidence.hash,
                by=by,
                now=now,
                ring=self.desk.stage.runtime.link_ring,
            )

    def _answer(self, journey: Journey, answers: Mapping[str, Answers], parts: int) -> None:
        me = journey.owner.actor
        for each in sections()[:parts]:
            with self._begin(me) as session:
                patient_id, given = journey.patient_id, answers[each.key]
                save_section(session, patient_id=patient_id, key=each.key, given=given, by=me, now=self.desk.now)

    def _ago(self, hours: float, act: Act) -> None:
        self.desk.stage.at(self.desk.stage.until - timedelta(hours=hours), act)

    def _begin(self, by: Actor) -> AbstractContextManager[Session]:
        return self.desk.stage.runtime.begin(by=by)

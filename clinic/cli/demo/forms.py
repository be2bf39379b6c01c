"""Forms at the demo clinic: signed on the phone, one left out, one in an older version, one taken back."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.consents.actions.asking import ask_to_sign
from clinic.consents.actions.documents import install_forms, publish_version, save_draft, shipped_words
from clinic.consents.actions.signing import sign
from clinic.consents.actions.withdrawing import withdraw
from clinic.consents.queries.documents import current_versions
from clinic.consents.queries.standing import standing_of
from clinic.consents.rules.kinds import LANGUAGES, ConsentKind
from clinic.consents.rules.signing import Signing
from clinic.kernel.actor import Actor
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.treatment.queries.caring import patients_of_pain

FORGETS, TAKES_BACK = 16, 18
"""Places in the list of who leaves a form out, and of who takes one back."""

_ADDRESS, _PHONE = "203.0.113.24", "Mobile browser"
_NEW_LINES = {
    "en": "\n\n## When it changes\n\nWe tell you here when this notice changes.",
    "es": "\n\n## Si hay cambios\n\nLe avisamos aquí cuando cambie este aviso.",
}


@dataclass
class Forms:
    """Lets patients sign as they come; after the first of them an administrator publishes another privacy notice."""

    desk: Desk
    journeys: Sequence[Journey]
    first: Journey | None = None

    def plan(self) -> None:
        """Plan what everybody signs, and what the last hours brought."""
        stage = self.desk.stage
        stage.at(stage.clock.instant, self.install)
        for place, journey in enumerate(self.journeys):
            journey.signs = partial(self.sign_first, journey, but=ConsentKind.PRIVACY if place == FORGETS else None)
        for hours in (30, 6):
            stage.at(stage.until - timedelta(hours=hours), self.sign_rest)
        stage.at(self.desk.in_hours(stage.until - timedelta(minutes=20)), partial(self._of, FORGETS, self.ask))
        stage.at(stage.until - timedelta(minutes=40), partial(self._of, TAKES_BACK, self.take_back))

    def install(self) -> None:
        """Start with the forms that come with the product."""
        by = self.desk.team.admin
        with self._begin(by) as session:
            install_forms(session, by=by, now=self.desk.now)

    def sign_first(self, journey: Journey, *, but: ConsentKind | None) -> None:
        """Let somebody who is new sign everything, `but` one form; the very first stays with an older version."""
        self.sign_missing(journey, but=but)
        if self.first is None:
            self.first = journey
            self.desk.stage.at(self.desk.now + timedelta(seconds=30), self.publish_privacy)

    def sign_missing(self, journey: Journey, *, but: ConsentKind | None = None) -> None:
        """Let a patient sign what is missing."""
        me = journey.owner.actor
        with self._begin(me) as session:
            sign_missing(session, journey.patient_id, but=but, by=me, now=self.desk.now)

    def sign_rest(self) -> None:
        """Let everybody sign what a plan has brought since, but those who are to be seen with something missing."""
        left = {FORGETS, TAKES_BACK}
        for place, journey in enumerate(self.journeys):
            if place not in left and journey is not self.first and journey.owner.patient_id is not None:
                self.sign_missing(journey)

    def publish_privacy(self) -> None:
        """Let an administrator publish a second version of the privacy notice, which everybody signs again."""
        by, kind, now = self.desk.team.admin, ConsentKind.PRIVACY, self.desk.now
        words = {language: shipped_words(kind, language) + _NEW_LINES[language] for language in LANGUAGES}
        with self._begin(by) as session:
            draft = save_draft(session, kind, words=words, edits=0, by=by, now=now)
            publish_version(session, draft.id, signs_again=True, effective_at=now, edits=draft.version, by=by, now=now)

    def ask(self, journey: Journey) -> None:
        """Let the desk ask for what is missing."""
        by = self.desk.team.coordinators[0]
        with self._begin(by) as session:
            ring, now = self.desk.stage.runtime.link_ring, self.desk.now
            ask_to_sign(session, journey.patient_id, of_pain=False, ring=ring, by=by, now=now)

    def take_back(self, journey: Journey) -> None:
        """Let a patient take the treatment agreement back."""
        me, patient_id = journey.owner.actor, journey.patient_id
        with self._begin(me) as session:
            form = standing_of(session, [patient_id], self.desk.now)[patient_id].of(ConsentKind.TREATMENT_AGREEMENT)
            if form is not None and form.signed is not None:
                signature_id, now = form.signed.signature_id, self.desk.now
                withdraw(session, signature_id, patient_id=patient_id, note=None, by=me, now=now)

    def _of(self, place: int, act: Callable[[Journey], None]) -> None:
        if place < len(self.journeys) and self.journeys[place].owner.patient_id is not None:
            act(self.journeys[place])

    def _begin(self, by: Actor) -> AbstractContextManager[Session]:
        return self.desk.stage.runtime.begin(by=by)


def sign_missing(
    session: Session, patient_id: UUID, *, by: Actor, now: datetime, but: ConsentKind | None = None
) -> None:
    """Let a patient tick and sign what is missing, `but` one form."""
    of_pain = patients_of_pain(session, [patient_id])
    for form in standing_of(session, [patient_id], now, of_pain=of_pain)[patient_id].missing:
        if form.kind is not but:
            _sign(session, people.patient(session, patient_id), form.kind, of_pain=bool(of_pain), by=by, now=now)


def _sign(session: Session, patient: Patient, kind: ConsentKind, *, of_pain: bool, by: Actor, now: datetime) -> None:
    version = current_versions(session, now=now)[kind]
    given = Signing(
        version_id=version.id,
        language=patient.language,
        typed_name=f"{patient.legal_first_name} {patient.legal_last_name}",
        is_my_name=False,
        agrees_to_electronic=True,
        boxes=frozenset(range(1, len(version.words[patient.language].text.boxes) + 1)),
        address=_ADDRESS,
        agent=_PHONE,
    )
    sign(session, patient.id, kind, signing=given, of_pain=of_pain, by=by, now=now)

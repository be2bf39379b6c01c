"""Makes forms that were published and patients who sign them, through the product's own actions."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.consents.actions.documents import install_forms, publish_version, save_draft
from clinic.consents.actions.signing import sign
from clinic.consents.models import ConsentSignature
from clinic.consents.queries.documents import FormVersion, current_version, draft_of
from clinic.consents.queries.standing import standing_of
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.rules.signing import Signing
from clinic.consents.rules.standing import Standing
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.people.models import Patient
from clinic.treatment.actions.changing import change_plan
from clinic.treatment.models import TreatmentPlan
from tests.domains.scheduling.calendar_makers import NOW, Clinic, patient_actor
from tests.domains.treatment.plan_makers import CourseClinic

K = ConsentKind
ADMIN = Actor(kind=ActorKind.STAFF, id=new_id(), name="Morgan Ellery", roles=frozenset({Role.ADMIN}))
ALWAYS = (K.TELEHEALTH, K.OFF_LABEL, K.TREATMENT_AGREEMENT, K.PRIVACY)
WORDS = {"en": "# New words\n\nRead them.\n\n[ ] I have.", "es": "# Palabras nuevas\n\nLéalas.\n\n[ ] Las leí."}


@dataclass
class Forms:
    """A clinic with the forms that come with the product, and somebody who signs."""

    session: Session
    now: datetime = NOW
    clinic: Clinic = field(init=False)
    ana: Patient = field(init=False)

    def __post_init__(self) -> None:
        install_forms(self.session, by=ADMIN, now=self.now)
        self.clinic = Clinic(self.session)
        self.ana = self.clinic.patient(legal_first_name="José", legal_last_name="Núñez-Rivera")

    def current(self, kind: ConsentKind) -> FormVersion:
        return current_version(self.session, kind, now=self.now)

    def given(self, kind: ConsentKind, **changes: object) -> Signing:
        version = self.current(kind)
        wanted = {
            "version_id": version.id,
            "language": "en",
            "typed_name": "Jose Nunez",
            "is_my_name": False,
            "agrees_to_electronic": True,
            "boxes": frozenset(range(1, len(version.words["en"].text.boxes) + 1)),
            "address": "203.0.113.5",
            "agent": "A phone",
        } | changes
        return Signing(**wanted)  # type: ignore[arg-type]

    def sign(
        self, kind: ConsentKind, *, patient: Patient | None = None, of_pain: bool = False, **changes: object
    ) -> ConsentSignature:
        who = patient or self.ana
        given = self.given(kind, **({"is_my_name": True} if patient else {}), **changes)
        return sign(self.session, who.id, kind, signing=given, of_pain=of_pain, by=patient_actor(who), now=self.now)

    def sign_all(self, patient: Patient | None = None) -> None:
        for kind in ALWAYS:
            self.sign(kind, patient=patient)

    def publish(
        self, kind: ConsentKind, *, signs_again: bool = True, at: datetime | None = None, words: dict[str, str] = WORDS
    ) -> UUID:
        draft = save_draft(self.session, kind, words=words, edits=0, by=ADMIN, now=self.now)
        publish_version(
            self.session,
            draft.id,
            signs_again=signs_again,
            effective_at=at or self.now,
            edits=draft.version,
            by=ADMIN,
            now=self.now,
        )
        assert draft_of(self.session, kind) is None
        return draft.id

    def standing(self, patient: Patient | None = None, *, of_pain: bool = False) -> Standing:
        who = (patient or self.ana).id
        return standing_of(self.session, [who], self.now, of_pain={who} if of_pain else frozenset())[who]

    def statuses(self, **more: object) -> dict[str, str]:
        return {form.kind.value: form.status.value for form in self.standing(**more).forms}  # type: ignore[arg-type]


def of_pain(courses: CourseClinic, plan: TreatmentPlan) -> TreatmentPlan:
    """Let the physician write that a plan is for pain."""
    return change_plan(
        courses.session,
        plan_id=plan.id,
        reason="Said at the visit.",
        version=plan.version,
        by=courses.doctor_of(plan),
        now=NOW,
        indication="Chronic migraine",
    )

"""Tables of protocols, treatment plans with their history, sessions, offers of dates and legal bases."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText

_PHASES = "'evaluation', 'induction', 'maintenance', 'taper', 'aftercare', 'ended'"


class Protocol(Base):
    """A named protocol (FHIR PlanDefinition); its numbers are in its versions, the newest is offered for new plans."""

    __tablename__ = "protocol"

    id: Mapped[ExternalId]
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class ProtocolVersion(Base):
    """Append-only: what a protocol says from version `number` on, who wrote it and why.

    `definition` has the shape of `rules.protocols.Protocol` with its parts as objects. Plans keep the version they were
    made with until somebody moves them on.
    """

    __tablename__ = "protocol_version"
    __table_args__ = (UniqueConstraint("protocol_id", "number"),)

    id: Mapped[ExternalId]
    protocol_id: Mapped[UUID] = mapped_column(ForeignKey("protocol.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    definition: Mapped[dict[str, Any]]
    reason: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class TreatmentPlan(Edited, Base):
    """One patient's course (FHIR CarePlan); a patient has at most one that has not ended.

    `adjustments` are this patient's own numbers in place of the protocol's, by dotted name ("induction.sessions").
    `patient_hours` and `support_hours` are lists of `[weekday, "HH:MM", "HH:MM"]` in the patient's zone, weekday 0 is
    Monday, an empty list means any time; the patient's are wishes unless `are_patient_hours_strict`, the support
    person's always count. `prior_*` tell of sessions before this plan. `place` is where sessions happen and how help
    gets in, if that is not the patient's address. `indication` is clinical: coordinators never see it. Up to the end of
    `paused_until` the patient is asked nothing by text.
    """

    __tablename__ = "treatment_plan"
    __table_args__ = (
        CheckConstraint(f"phase in ({_PHASES})", name="phase"),
        CheckConstraint("prior_sessions >= 0", name="prior_sessions"),
        Index("uq_treatment_plan_live", "patient_id", unique=True, postgresql_where=text("phase <> 'ended'")),
        Index("ix_treatment_plan_patient", "patient_id"),
        Index("ix_treatment_plan_physician", "physician_id"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    protocol_version_id: Mapped[UUID] = mapped_column(ForeignKey("protocol_version.id"))
    phase: Mapped[str]
    phase_since: Mapped[datetime]
    started_at: Mapped[datetime]
    indication_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    indication = EncryptedText("indication_sealed")
    adjustments: Mapped[dict[str, Any]]
    prior_sessions: Mapped[int] = mapped_column(SmallInteger, default=0)
    prior_session_on: Mapped[date | None]
    paused_until: Mapped[date | None]
    in_person_exam_on: Mapped[date | None]
    patient_hours: Mapped[list[list[Any]]] = mapped_column(JSONB)
    are_patient_hours_strict: Mapped[bool] = mapped_column(default=False)
    support_hours: Mapped[list[list[Any]]] = mapped_column(JSONB)
    support_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    support_name = EncryptedText("support_name_sealed")
    support_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    support_phone = EncryptedText("support_phone_sealed")
    place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    place = EncryptedText("place_sealed")


class PlanPhase(Base):
    """Append-only: each phase that a plan entered, why and by whom; the first has no `from_phase`."""

    __tablename__ = "plan_phase"
    __table_args__ = (
        CheckConstraint(f"to_phase in ({_PHASES})", name="to_phase"),
        Index("ix_plan_phase_plan", "plan_id", "at"),
    )

    id: Mapped[ExternalId]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("treatment_plan.id"))
    from_phase: Mapped[str | None]
    to_phase: Mapped[str]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class PlanChange(Base):
    """Append-only: what a person changed in a plan besides its phase; `fields` holds names only, values are sealed."""

    __tablename__ = "plan_change"
    __table_args__ = (Index("ix_plan_change_plan", "plan_id", "at"),)

    id: Mapped[ExternalId]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("treatment_plan.id"))
    fields: Mapped[list[str]] = mapped_column(JSONB)
    details_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    details = EncryptedText("details_sealed")
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class TreatmentSession(Edited, Base):
    """The record of one session, one to one with its visit; whether it was taken follows from the visit.

    `outcome` says otherwise where a person knows better: the visit took place but the session did not, or the other
    way round.
    """

    __tablename__ = "treatment_session"
    __table_args__ = (
        CheckConstraint("phase in ('induction', 'maintenance', 'taper')", name="phase"),
        CheckConstraint("outcome in ('taken', 'skipped')", name="outcome"),
        CheckConstraint("(outcome is null) = (outcome_at is null)", name="outcome_at"),
        Index("ix_treatment_session_plan", "plan_id"),
    )

    id: Mapped[ExternalId]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("treatment_plan.id"))
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), unique=True)
    phase: Mapped[str]
    outcome: Mapped[str | None]
    outcome_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome_reason = EncryptedText("outcome_reason_sealed")
    outcome_at: Mapped[datetime | None]


class CourseOffer(Edited, Base):
    """Courses of dates that a patient may choose from; nothing is held, the chosen one is booked whole or not at all.

    `options` is a list of `{"label", "visits": [{"visit_type", "physician_id", "starts_at"}]}`, `chosen` its index.
    """

    __tablename__ = "course_offer"
    __table_args__ = (
        CheckConstraint("state in ('open', 'taken', 'withdrawn', 'expired')", name="state"),
        CheckConstraint("(state = 'taken') = (chosen is not null)", name="chosen"),
        Index("uq_course_offer_open", "plan_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_course_offer_plan", "plan_id"),
    )

    id: Mapped[ExternalId]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("treatment_plan.id"))
    state: Mapped[str]
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    chosen: Mapped[int | None] = mapped_column(Integer)
    expires_at: Mapped[datetime]


class LegalBasis(Edited, Base):
    """From when until when the law lets this be done by telemedicine, for a schedule and a state (null = both).

    Both days are inclusive in the patient's calendar, `valid_until` null is without end; `source` is its citation.
    `needs_in_person_exam` says that it only carries patients who were examined in person.
    """

    __tablename__ = "legal_basis"
    __table_args__ = (
        CheckConstraint("state is null or state in ('FL', 'NJ')", name="state"),
        CheckConstraint("schedule in ('II', 'III', 'IV', 'V')", name="schedule"),
        CheckConstraint("level in ('federal', 'state')", name="level"),
        CheckConstraint("valid_until is null or valid_until >= valid_from", name="dates_in_order"),
    )

    id: Mapped[ExternalId]
    name: Mapped[str]
    level: Mapped[str]
    state: Mapped[str | None]
    schedule: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    needs_in_person_exam: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    removed_at: Mapped[datetime | None]


class PlanReview(Base):
    """Append-only: that a physician signed off a review that the protocol asks for, and what was decided.

    `kind` and `about_key` name which one: after the first session, at the end of induction, or of a stretch of
    maintenance.
    """

    __tablename__ = "plan_review"
    __table_args__ = (
        CheckConstraint("kind in ('first_session', 'end_of_induction', 'periodic')", name="kind"),
        CheckConstraint("decision in ('go_on', 'change_plan', 'visit', 'refer', 'taper')", name="decision"),
        UniqueConstraint("plan_id", "about_key"),
    )

    id: Mapped[ExternalId]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("treatment_plan.id"))
    kind: Mapped[str]
    about_key: Mapped[str]
    decision: Mapped[str]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = EncryptedText("note_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class VisitNote(Edited, Base):
    """A short note of one visit or contact (FHIR Composition): own words plus the data that decided.

    `data` is the JSON of what the page showed when the note was signed. A signed note never changes: `content_hash` is
    the SHA-256 of words, data, physician and time, in hex.
    """

    __tablename__ = "visit_note"
    __table_args__ = (
        CheckConstraint("(signed_at is null) = (content_hash is null)", name="signed"),
        Index("ix_visit_note_patient", "patient_id", "created_at"),
        Index("ix_visit_note_unsigned", "physician_id", postgresql_where=text("signed_at is null")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = EncryptedText("words_sealed")
    data_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    data = EncryptedText("data_sealed")
    signed_at: Mapped[datetime | None]
    content_hash: Mapped[str | None]
    discarded_at: Mapped[datetime | None]


class VisitNoteAddendum(Base):
    """Append-only: what was added to a signed note later, and by whom."""

    __tablename__ = "visit_note_addendum"
    __table_args__ = (Index("ix_visit_note_addendum_note", "note_id", "at"),)

    id: Mapped[ExternalId]
    note_id: Mapped[UUID] = mapped_column(ForeignKey("visit_note.id"))
    words_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    words = EncryptedText("words_sealed")
    content_hash: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class TaperPlan(Edited, Base):
    """How one patient's course ends step by step; a plan has at most one that runs.

    `returned` is what became of units left at home; aftercare follows the last step.
    """

    __tablename__ = "taper_plan"
    __table_args__ = (
        CheckConstraint("state in ('running', 'completed', 'stopped')", name="state"),
        CheckConstraint("units_left >= 0", name="units_left"),
        CheckConstraint("returned in ('none_left', 'take_back', 'mail_back', 'destroyed')", name="returned"),
        Index("uq_taper_plan_running", "plan_id", unique=True, postgresql_where=text("state = 'running'")),
    )

    id: Mapped[ExternalId]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("treatment_plan.id"))
    state: Mapped[str]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    relapse_plan_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    relapse_plan = EncryptedText("relapse_plan_sealed")
    units_left: Mapped[int | None] = mapped_column(SmallInteger)
    returned: Mapped[str | None]


class TaperStep(Edited, Base):
    """One step of a taper: how many days after the step before, and what the gate said when it was taken or held.

    `direction` is the physician's own words; `gate` holds what was looked at with its dates.
    """

    __tablename__ = "taper_step"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'done', 'held', 'skipped')", name="state"),
        CheckConstraint("gap_days > 0", name="gap_days"),
        UniqueConstraint("taper_id", "number"),
    )

    id: Mapped[ExternalId]
    taper_id: Mapped[UUID] = mapped_column(ForeignKey("taper_plan.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    gap_days: Mapped[int] = mapped_column(SmallInteger)
    planned_on: Mapped[date]
    direction_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    direction = EncryptedText("direction_sealed")
    state: Mapped[str]
    gate: Mapped[dict[str, Any] | None]
    decided_at: Mapped[datetime | None]

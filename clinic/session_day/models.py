"""Tables of the day of a session: the checklist with its readings, support persons and what they saw."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText


class SessionChecklist(Edited, Base):
    """How the checklist before one session ended; a session that moves to another day is asked anew.

    Its answers are those of `assessment_id`, its readings stand in `pressure_reading`. `seated_at` is since when the
    patient rests before the first one. `reasons` are codes, none for a passed list; `is_late` says that the list was
    finished after the session began: it is kept and does not count.
    """

    __tablename__ = "session_checklist"
    __table_args__ = (
        CheckConstraint("outcome in ('passed', 'hold', 'stopped')", name="outcome"),
        CheckConstraint("(outcome is null) = (finished_at is null)", name="finished"),
        UniqueConstraint("assessment_id"),
        Index("ix_session_checklist_appointment", "appointment_id"),
        Index("ix_session_checklist_patient", "patient_id"),
    )

    id: Mapped[ExternalId]
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id"))
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    seated_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reasons: Mapped[list[str]] = mapped_column(JSONB, default=list)
    finished_at: Mapped[datetime | None]
    is_late: Mapped[bool] = mapped_column(default=False)


class PressureReading(Base):
    """Append-only: one reading before a session, in mmHg, beats a minute and percent; pairs of them make a round."""

    __tablename__ = "pressure_reading"
    __table_args__ = (
        CheckConstraint("systolic > diastolic", name="upper_above_lower"),
        UniqueConstraint("checklist_id", "number"),
    )

    id: Mapped[ExternalId]
    checklist_id: Mapped[UUID] = mapped_column(ForeignKey("session_checklist.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    systolic: Mapped[int] = mapped_column(SmallInteger)
    diastolic: Mapped[int] = mapped_column(SmallInteger)
    pulse: Mapped[int] = mapped_column(SmallInteger)
    spo2: Mapped[int | None] = mapped_column(SmallInteger)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_name: Mapped[str]


class SupportPerson(Edited, Base):
    """Who is with the patient at one session; another one takes the place by a new row (`replaced_at`).

    Texts go to `phone_id`, in `language`. `named` was written down, `confirmed` said yes beforehand, `attested` said
    on the day to be there, adult and sober; `declined` cannot come. All of it is about the time of the visit in its
    `time_version`. `watch_ended_at` is when nobody had to watch any more.
    """

    __tablename__ = "support_person"
    __table_args__ = (
        CheckConstraint("state in ('named', 'confirmed', 'attested', 'declined')", name="state"),
        CheckConstraint("relation in ('partner', 'family', 'friend', 'other')", name="relation"),
        CheckConstraint("(attested_at is not null) or state <> 'attested'", name="attested"),
        Index(
            "uq_support_person_present",
            "appointment_id",
            unique=True,
            postgresql_where=text("replaced_at is null"),
        ),
        Index("ix_support_person_patient", "patient_id"),
    )

    id: Mapped[ExternalId]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name = EncryptedText("name_sealed")
    phone_id: Mapped[UUID] = mapped_column(ForeignKey("phone.id"))
    relation: Mapped[str]
    language: Mapped[str]
    state: Mapped[str]
    time_version: Mapped[int] = mapped_column(Integer)
    confirmed_at: Mapped[datetime | None]
    attested_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    watch_ended_at: Mapped[datetime | None]


class SupportObservation(Base):
    """Append-only: what a support person saw during a session.

    `check` says awake and breathing normally, `pressure` is a reading in mmHg, `steady` what holds before the watch
    ends, `emergency` that the button was pressed. What does not belong to a kind is null.
    """

    __tablename__ = "support_observation"
    __table_args__ = (
        CheckConstraint("kind in ('check', 'pressure', 'steady', 'emergency')", name="kind"),
        CheckConstraint("(kind = 'check') = (is_well is not null)", name="check"),
        CheckConstraint("(kind = 'pressure') = (systolic is not null and diastolic is not null)", name="pressure"),
        CheckConstraint(
            "(kind = 'steady') = (is_awake is not null and walks_steadily is not null and is_nausea_gone is not null)",
            name="steady",
        ),
        CheckConstraint("systolic > diastolic", name="upper_above_lower"),
        Index("ix_support_observation_appointment", "appointment_id", "at"),
    )

    id: Mapped[ExternalId]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    support_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("support_person.id"))
    kind: Mapped[str]
    is_well: Mapped[bool | None]
    has_vomited: Mapped[bool | None]
    systolic: Mapped[int | None] = mapped_column(SmallInteger)
    diastolic: Mapped[int | None] = mapped_column(SmallInteger)
    pulse: Mapped[int | None] = mapped_column(SmallInteger)
    is_awake: Mapped[bool | None]
    walks_steadily: Mapped[bool | None]
    is_nausea_gone: Mapped[bool | None]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_name: Mapped[str]

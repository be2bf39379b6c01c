"""Tables of supplied instruments and policies, check-ins with their answers and scores, findings and flags."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId, InternalId
from clinic.kernel.sealed import EncryptedText


class InstrumentSupplement(Base):
    """Append-only: what a clinic supplied itself: a licensed definition, or an official translation of a shipped one.

    `content` has the shape of the shipped definitions, of which a translation holds the words only; `licence_note` says
    by what right it is used. The highest `number` of a key, kind and language counts.
    """

    __tablename__ = "instrument_supplement"
    __table_args__ = (
        CheckConstraint("kind in ('definition', 'translation')", name="kind"),
        UniqueConstraint("instrument_key", "kind", "language", "number"),
    )

    id: Mapped[ExternalId]
    instrument_key: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    number: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[dict[str, Any]]
    licence_note: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class MonitoringPolicyVersion(Base):
    """Append-only: what the rules or the calendar say from version `number` on, who wrote it and why.

    Number 1 is what is shipped and has no row. Flags and check-ins keep the number they were made with.
    """

    __tablename__ = "monitoring_policy_version"
    __table_args__ = (
        CheckConstraint("kind in ('signals', 'calendar')", name="kind"),
        CheckConstraint("number > 1", name="number"),
        UniqueConstraint("kind", "number"),
    )

    id: Mapped[ExternalId]
    kind: Mapped[str]
    number: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[dict[str, Any]]
    reason: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class CheckIn(Edited, Base):
    """What a patient is asked on one day with one link (FHIR Task): all that is due on that day of the patient's.

    It opens at `opens_at` and counts as missed from `closes_at` on. The checklist `before` a session stands apart: it
    is over when the rest of that day is asked. `layout` is the patient's choice of one question a screen or one
    page. `reason` says in a code why it was canceled, opened without a text or does not open yet.
    """

    __tablename__ = "check_in"
    __table_args__ = (
        CheckConstraint("state in ('planned', 'open', 'done', 'missed', 'canceled')", name="state"),
        CheckConstraint("(state = 'done') = (done_at is not null)", name="done_at"),
        CheckConstraint("layout in ('one', 'all')", name="layout"),
        CheckConstraint("part in ('before', 'day')", name="part"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        Index(
            "uq_check_in_waiting",
            "patient_id",
            "due_on",
            "part",
            unique=True,
            postgresql_where=text("state in ('planned', 'open')"),
        ),
        Index("ix_check_in_patient", "patient_id", "due_on"),
        Index("ix_check_in_planned", "opens_at", postgresql_where=text("state = 'planned'")),
        Index("ix_check_in_open", "closes_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    due_on: Mapped[date]
    part: Mapped[str] = mapped_column(default="day")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    zone: Mapped[str]
    state: Mapped[str]
    layout: Mapped[str] = mapped_column(default="one")
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("link.id"))
    opened_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class Assessment(Base):
    """One instrument asked within a check-in (FHIR QuestionnaireResponse), in the version it was asked with.

    `moment` is the row of the calendar that asked, `cause_key` tells the same question asked for the same cause, so
    that it is never asked twice. `appointment_id` is the session it is about. What was `done` never changes.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'done', 'missed', 'canceled')", name="state"),
        CheckConstraint("(state = 'done') = (done_at is not null)", name="done_at"),
        Index("ix_assessment_check_in", "check_in_id", "position"),
        Index("ix_assessment_patient", "patient_id", "instrument_key", "done_at"),
        Index("ix_assessment_appointment", "appointment_id"),
    )

    id: Mapped[ExternalId]
    check_in_id: Mapped[UUID] = mapped_column(ForeignKey("check_in.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    instrument_key: Mapped[str]
    instrument_version: Mapped[int] = mapped_column(SmallInteger)
    language: Mapped[str]
    moment: Mapped[str]
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))
    cause_key: Mapped[str] = mapped_column(unique=True)
    calendar_version: Mapped[int] = mapped_column(SmallInteger)
    is_required: Mapped[bool]
    position: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str]
    done_at: Mapped[datetime | None]


class AnswerWords(Base):
    """Append-only: what a patient wrote in own words."""

    __tablename__ = "answer_words"

    id: Mapped[ExternalId]
    words_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    words = EncryptedText("words_sealed")


class Answer(Base):
    """Append-only: each answer as it was given; the newest of an item counts, earlier ones stay as evidence.

    A choice is kept as its value, a yes as 1 and a no as 0; a row without any value takes the answer back.
    """

    __tablename__ = "answer"
    __table_args__ = (
        CheckConstraint("num_nonnulls(value, value_on, words_id) <= 1", name="one_value"),
        Index("ix_answer_assessment", "assessment_id", "item", "id"),
    )

    id: Mapped[InternalId]
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id"))
    item: Mapped[str]
    value: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    value_on: Mapped[date | None]
    words_id: Mapped[UUID | None] = mapped_column(ForeignKey("answer_words.id"))
    at: Mapped[datetime]


class Score(Base):
    """Append-only: what was computed from the answers of one finished assessment; `at` is when it was finished."""

    __tablename__ = "score"
    __table_args__ = (
        UniqueConstraint("assessment_id", "name"),
        Index("ix_score_patient", "patient_id", "instrument_key", "name", "at"),
    )

    id: Mapped[InternalId]
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    instrument_key: Mapped[str]
    name: Mapped[str]
    value: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    band: Mapped[str | None]
    at: Mapped[datetime]


class ClinicalFinding(Base):
    """Append-only: what a physician saw or was told that a rule looks at; `corrects_id` takes an earlier one back.

    `details` holds codes and numbers that the kind names, the note is for people.
    """

    __tablename__ = "clinical_finding"
    __table_args__ = (Index("ix_clinical_finding_patient", "patient_id", "found_on"),)

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str]
    details: Mapped[dict[str, Any]]
    found_on: Mapped[date]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = EncryptedText("note_sealed")
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("clinical_finding.id"))
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class Flag(Edited, Base):
    """One sign that a rule saw, with everything that explains it (FHIR DetectedIssue); the same facts raise it once.

    `level` is 1 INFO, 2 WATCH, 3 REVIEW, 4 HOLD, 5 URGENT. `inputs` is a list of `{"what", "value", "on"}`, `threshold`
    the rule's own numbers. `escalates` are the flags that together made this one. A settled flag comes back on
    `look_again_on` if its rule still holds, and lapses if it does not.
    """

    __tablename__ = "flag"
    __table_args__ = (
        CheckConstraint("level between 1 and 5", name="level"),
        CheckConstraint("domain in ('A', 'B', 'C', 'D', 'E', 'F', '-')", name="domain"),
        CheckConstraint("state in ('open', 'settled', 'lapsed')", name="state"),
        UniqueConstraint("patient_id", "rule_id", "facts_key"),
        Index("ix_flag_open", "patient_id", postgresql_where=text("state = 'open'")),
        Index("ix_flag_look_again", "look_again_on", postgresql_where=text("state = 'settled'")),
        Index("ix_flag_patient", "patient_id", "raised_at"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    rule_id: Mapped[str]
    policy_number: Mapped[int] = mapped_column(SmallInteger)
    level: Mapped[int] = mapped_column(SmallInteger)
    domain: Mapped[str]
    evidence_class: Mapped[str]
    facts_key: Mapped[str]
    inputs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    threshold: Mapped[dict[str, Any]]
    sentence: Mapped[str]
    escalates: Mapped[list[str]] = mapped_column(JSONB)
    state: Mapped[str]
    raised_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    look_again_on: Mapped[date | None]


class FlagDisposition(Base):
    """Append-only: what a physician decided about a flag and until when that holds; the newest counts."""

    __tablename__ = "flag_disposition"
    __table_args__ = (
        CheckConstraint("decision in ('explained', 'watch', 'change_plan', 'refer', 'taper')", name="decision"),
        Index("ix_flag_disposition_flag", "flag_id", "at"),
    )

    id: Mapped[ExternalId]
    flag_id: Mapped[UUID] = mapped_column(ForeignKey("flag.id"))
    decision: Mapped[str]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = EncryptedText("note_sealed")
    look_again_on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class PanelView(Edited, Base):
    """A named set of filters that one physician keeps for the panel; `removed_at` takes it away."""

    __tablename__ = "panel_view"
    __table_args__ = (
        Index("uq_panel_view_name", "staff_id", "name", unique=True, postgresql_where=text("removed_at is null")),
    )

    id: Mapped[ExternalId]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"))
    name: Mapped[str]
    query: Mapped[str]
    removed_at: Mapped[datetime | None]

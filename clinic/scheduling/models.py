"""Tables of visit types, hours and appointments; two exclusion constraints are the law against double booking."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZMULTIRANGE, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId, InternalId
from clinic.kernel.sealed import EncryptedText

_OCCUPYING = "state in ('held', 'booked', 'confirmed', 'in_progress')"
_STATES = "'held', 'booked', 'confirmed', 'in_progress', 'completed', 'canceled', 'late_canceled', 'no_show', 'expired'"


class VisitType(Edited, Base):
    """A kind of visit: minutes that the patient is engaged, and the physician's stretches within them.

    `purpose` tells sessions and the physician's follow-ups from other visits. `physician_segments` is a list of
    `[offset_minutes, length_minutes]` from the start of the visit; buffers widen the physician's time only. Notice in
    minutes, horizon in days.
    """

    __tablename__ = "visit_type"
    __table_args__ = (
        CheckConstraint("patient_minutes between 5 and 480", name="patient_minutes"),
        CheckConstraint("purpose in ('consultation', 'session', 'follow_up')", name="purpose"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(default="consultation")
    name: Mapped[str]
    name_es: Mapped[str]
    patient_minutes: Mapped[int] = mapped_column(SmallInteger)
    physician_segments: Mapped[list[list[int]]] = mapped_column(JSONB)
    buffer_before_minutes: Mapped[int] = mapped_column(SmallInteger, default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(SmallInteger, default=0)
    min_notice_minutes: Mapped[int] = mapped_column(Integer)
    horizon_days: Mapped[int] = mapped_column(SmallInteger)
    is_patient_bookable: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(SmallInteger, default=0)


class AvailabilityRule(Edited, Base):
    """Weekly hours in the physician's own zone; weekday 0 is Monday; `effective_until` is inclusive, null = open."""

    __tablename__ = "availability_rule"
    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("ends_at_local > starts_at_local", name="ends_after_start"),
        CheckConstraint("effective_until is null or effective_until >= effective_from", name="dates_in_order"),
        Index("ix_availability_rule_physician", "physician_id", "weekday"),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    weekday: Mapped[int] = mapped_column(SmallInteger)
    starts_at_local: Mapped[time]
    ends_at_local: Mapped[time]
    effective_from: Mapped[date]
    effective_until: Mapped[date | None]
    removed_at: Mapped[datetime | None]


class AvailabilityOverride(Edited, Base):
    """An extra or closed stretch that beats the weekly rules."""

    __tablename__ = "availability_override"
    __table_args__ = (
        CheckConstraint("kind in ('extra', 'closed')", name="kind"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_availability_override_physician", "physician_id", "starts_at"),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    kind: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    removed_at: Mapped[datetime | None]


class ClinicClosure(Edited, Base):
    """Days on which the clinic sees nobody, in each physician's own calendar; both days are inclusive.

    Without times whole days are closed, else the same hours of each day. `state` limits it to patients who are there;
    `holiday` names the public holiday that it was taken from, so that the same one is not offered again.
    """

    __tablename__ = "clinic_closure"
    __table_args__ = (
        CheckConstraint("state is null or state in ('FL', 'NJ')", name="state"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("(starts_at_local is null) = (ends_at_local is null)", name="both_times_or_none"),
        CheckConstraint("ends_at_local > starts_at_local", name="ends_after_start"),
        Index("ix_clinic_closure_days", "first_day", "last_day"),
    )

    id: Mapped[ExternalId]
    name: Mapped[str]
    state: Mapped[str | None]
    first_day: Mapped[date]
    last_day: Mapped[date]
    starts_at_local: Mapped[time | None]
    ends_at_local: Mapped[time | None]
    holiday: Mapped[str | None]
    removed_at: Mapped[datetime | None]


class VisitCap(Edited, Base):
    """The most visits of a kind (null = of any kind) that a physician takes in one local day or Monday-to-Sunday week.

    `effective_until` is inclusive, null = open. An overbooking counts like any other visit.
    """

    __tablename__ = "visit_cap"
    __table_args__ = (
        CheckConstraint("per in ('day', 'week')", name="per"),
        CheckConstraint("most between 0 and 200", name="most"),
        CheckConstraint("effective_until is null or effective_until >= effective_from", name="dates_in_order"),
        Index("ix_visit_cap_physician", "physician_id"),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    visit_type_code: Mapped[str | None] = mapped_column(ForeignKey("visit_type.code"))
    per: Mapped[str]
    most: Mapped[int] = mapped_column(SmallInteger)
    effective_from: Mapped[date]
    effective_until: Mapped[date | None]
    removed_at: Mapped[datetime | None]


class CalendarFeed(Base):
    """A private calendar address of one physician; only the hash of its token is stored, one is live at a time."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index("uq_calendar_feed_live", "physician_id", unique=True, postgresql_where=text("revoked_at is null")),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_fetched_at: Mapped[datetime | None]


class Appointment(Edited, Base):
    """One visit or hold (FHIR Appointment). Times are half-open ranges in UTC.

    `patient_period` is when the patient is engaged, `physician_busy` the physician's stretches with buffers. A move
    updates the row in place, raises `sequence` (RFC 5546) and `time_version`; `uid` never changes. `location_*` is
    where the patient will be. `join_url` is this visit's own video room; without it the physician's counts.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint(f"state in ({_STATES})", name="state"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("(state = 'held') = (hold_expires_at is not null)", name="hold_expires"),
        CheckConstraint("(overbook_reason is null) = (overbook_by is null)", name="overbook_has_author"),
        CheckConstraint("not isempty(physician_busy) and not isempty(patient_period)", name="periods_not_empty"),
        ExcludeConstraint(
            ("physician_id", "="),
            ("physician_busy", "&&"),
            name="ex_appointment_physician_busy",
            where=text(f"{_OCCUPYING} and overbook_reason is null"),
        ),
        ExcludeConstraint(
            ("patient_id", "="),
            ("patient_period", "&&"),
            name="ex_appointment_patient_period",
            where=text(_OCCUPYING),
        ),
        Index("ix_appointment_physician_start", "physician_id", "starts_at"),
        Index("ix_appointment_patient_start", "patient_id", "starts_at"),
        Index("ix_appointment_start", "starts_at"),
        Index("ix_appointment_held", "hold_expires_at", postgresql_where=text("state = 'held'")),
    )

    id: Mapped[ExternalId]
    uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    visit_type_code: Mapped[str] = mapped_column(ForeignKey("visit_type.code"))
    state: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    patient_period: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    physician_busy: Mapped[list[Range[datetime]]] = mapped_column(TSTZMULTIRANGE)
    time_version: Mapped[int] = mapped_column(Integer, default=1)
    hold_expires_at: Mapped[datetime | None]
    held_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_via: Mapped[str | None]
    canceled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    overbook_reason: Mapped[str | None]
    overbook_by: Mapped[UUID | None]
    overbook_by_name: Mapped[str | None]
    join_url: Mapped[str | None]
    location_state: Mapped[str]
    location_county_fips: Mapped[str]
    location_zone: Mapped[str]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = EncryptedText("note_sealed")


class VisitLocation(Base):
    """Append-only: where a patient says to be at a visit, on that visit's day in its zone; the latest one counts.

    `state` is any of the United States or "XX" for abroad; only the states that the clinic serves have a county here.
    `said_by` tells who said it: the patient, staff who heard it by telephone, or the physician.
    """

    __tablename__ = "visit_location"
    __table_args__ = (
        CheckConstraint("kind in ('home', 'other')", name="kind"),
        CheckConstraint("said_by in ('patient', 'staff', 'physician')", name="said_by"),
        CheckConstraint("(state in ('FL', 'NJ')) = (county_fips is not null)", name="county"),
        UniqueConstraint("appointment_id", "number"),
    )

    id: Mapped[ExternalId]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    visit_on: Mapped[date]
    kind: Mapped[str]
    state: Mapped[str]
    county_fips: Mapped[str | None]
    place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    place = EncryptedText("place_sealed")
    said_at: Mapped[datetime]
    said_by: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class AppointmentHistory(Base):
    """Append-only: every change of an appointment, who made it and what it was before and after."""

    __tablename__ = "appointment_history"
    __table_args__ = (Index("ix_appointment_history_appointment", "appointment_id", "id"),)

    id: Mapped[InternalId]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    change: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    from_starts_at: Mapped[datetime | None]
    to_starts_at: Mapped[datetime]
    from_physician_id: Mapped[UUID | None]
    to_physician_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str | None]

"""Tables of patients, phones, consent, physicians, licences and care teams."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId, InternalId
from clinic.kernel.sealed import EncryptedText


class Phone(Base):
    """One telephone number; patients may share it, consent and opt-out belong to it."""

    __tablename__ = "phone"

    id: Mapped[ExternalId]
    e164: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class SmsConsent(Base):
    """Whether this number may be texted now; the row is made with the phone and locked by every send and every STOP.

    Texting is allowed when `consented_at` is set and `opted_out_at` is null. `revision` rises with each change.
    """

    __tablename__ = "sms_consent"

    phone_id: Mapped[UUID] = mapped_column(ForeignKey("phone.id"), primary_key=True)
    consented_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    source: Mapped[str]
    wording_version: Mapped[str | None]
    revision: Mapped[int] = mapped_column(Integer, default=1)


class SmsConsentEvent(Base):
    """Append-only history of consent: what changed, how, in which words, by whom."""

    __tablename__ = "sms_consent_event"
    __table_args__ = (
        CheckConstraint("change in ('consented', 'opted_out', 'opted_in')", name="change"),
        Index("ix_sms_consent_event_phone", "phone_id", "at"),
    )

    id: Mapped[InternalId]
    phone_id: Mapped[UUID] = mapped_column(ForeignKey("phone.id"))
    change: Mapped[str]
    source: Mapped[str]
    wording_version: Mapped[str | None]
    actor_name: Mapped[str]
    at: Mapped[datetime]


class Patient(Edited, Base):
    """A person under the clinic's care or asking for it (FHIR Patient).

    `zone` is IANA, derived from the county and correctable (`is_zone_confirmed`); `search_key` is names without
    accents, phone digits and record number for search as one types. `external_key` is the patient's key in the system
    that an import came from. A merged record keeps its rows and points to the one that lives on. A physician says that
    a patient `is_fluid_restricted`: no text of ours then tells the person to drink.
    """

    __tablename__ = "patient"
    __table_args__ = (
        CheckConstraint("state in ('FL', 'NJ')", name="state"),
        CheckConstraint("language in ('en', 'es')", name="language"),
        CheckConstraint("status in ('active', 'discharged', 'deceased', 'merged')", name="status"),
        CheckConstraint("(status = 'merged') = (merged_into_id is not null)", name="merged_into"),
        CheckConstraint("zone in ('America/New_York', 'America/Chicago')", name="zone"),
        Index("ix_patient_phone_birth_date", "phone_id", "birth_date"),
        Index("ix_patient_name", "legal_last_name", "legal_first_name"),
        Index("ix_patient_birth_date", "birth_date"),
        Index("ix_patient_merged_into", "merged_into_id", postgresql_where=text("merged_into_id is not null")),
    )

    id: Mapped[ExternalId]
    record_number: Mapped[str] = mapped_column(unique=True)
    legal_first_name: Mapped[str]
    legal_last_name: Mapped[str]
    preferred_name: Mapped[str | None]
    birth_date: Mapped[date]
    phone_id: Mapped[UUID] = mapped_column(ForeignKey("phone.id"))
    email: Mapped[str | None]
    address_line_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    address_line = EncryptedText("address_line_sealed")
    city: Mapped[str]
    state: Mapped[str]
    postal_code: Mapped[str]
    county_fips: Mapped[str]
    zone: Mapped[str]
    is_zone_confirmed: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(default="en")
    is_fluid_restricted: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="active")
    status_reason: Mapped[str | None]
    status_since: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("patient.id"))
    external_key: Mapped[str | None] = mapped_column(unique=True)
    search_key: Mapped[str]


class Physician(Edited, Base):
    """A prescriber who sees patients by video; `staff_id` is the account that signs in, if there is one.

    Who is active but no more `takes_patients` keeps the own ones; nobody is handed over to them.
    """

    __tablename__ = "physician"

    id: Mapped[ExternalId]
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_account.id"), unique=True)
    full_name: Mapped[str]
    credential: Mapped[str] = mapped_column(default="MD")
    zone: Mapped[str]
    join_url: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    takes_patients: Mapped[bool] = mapped_column(default=True)


class Licence(Edited, Base):
    """A state's license to practise; both days are inclusive, in the state's own calendar."""

    __tablename__ = "licence"
    __table_args__ = (
        CheckConstraint("state in ('FL', 'NJ')", name="state"),
        CheckConstraint("valid_until >= valid_from", name="dates_in_order"),
        UniqueConstraint("physician_id", "state", "number"),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"), index=True)
    state: Mapped[str]
    number: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date]


class CareTeamMember(Base):
    """Why and from when to when a physician may see a patient's record (FHIR CareTeam.participant)."""

    __tablename__ = "care_team_member"
    __table_args__ = (
        CheckConstraint("reason in ('assigned', 'cover', 'visit')", name="reason"),
        CheckConstraint("ends_at is null or ends_at > starts_at", name="ends_after_start"),
        Index("ix_care_team_member_physician", "physician_id", "patient_id"),
        Index(
            "uq_care_team_member_visit",
            "subject_id",
            unique=True,
            postgresql_where=text("subject_id is not null"),
        ),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    reason: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    subject_id: Mapped[UUID | None]


class CareAllowance(Base):
    """What a patient's membership lets begin; no row, or one of a taper alone, says that there never was one.

    Only billing writes it. From `stops_at` on no new session and no new shipment begins; null is no such time.
    `[period_start_on, period_end_on)` are the days of `zone` that the ceilings count in; a null ceiling is none.
    Nothing of it counts for who tapers.
    """

    __tablename__ = "care_allowance"
    __table_args__ = (
        CheckConstraint("(period_start_on is null) = (period_end_on is null)", name="whole_period"),
        CheckConstraint("most_sessions >= 0 and most_shipments >= 0", name="most"),
    )

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    stops_at: Mapped[datetime | None]
    zone: Mapped[str]
    period_start_on: Mapped[date | None]
    period_end_on: Mapped[date | None]
    most_sessions: Mapped[int | None] = mapped_column(SmallInteger)
    most_shipments: Mapped[int | None] = mapped_column(SmallInteger)
    is_tapering: Mapped[bool] = mapped_column(default=False)


class CarePause(Base):
    """From which day on a patient has no session before a physician saw the patient again.

    Only treatment writes it; no row, or none of that day, is no such day. `closed_after` is the last day on which the
    course may go on, `after_days` after the last session on `last_on`. `seen_at` is the physician's visit after that
    day. Signatures from before `forms_since` count no more. `lifted_*` is a physician who lets the course go on all the
    same, for this pause only.
    """

    __tablename__ = "care_pause"
    __table_args__ = (CheckConstraint("(lifted_at is null) = (lifted_by is null)", name="lifted"),)

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    last_on: Mapped[date]
    after_days: Mapped[int] = mapped_column(SmallInteger)
    closed_after: Mapped[date | None]
    seen_at: Mapped[datetime | None]
    forms_since: Mapped[datetime | None]
    is_of_pain: Mapped[bool] = mapped_column(default=False)
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class EmergencyAccess(Edited, Base):
    """A physician opened a record outside the own panel for minutes ("break the glass"); somebody reviews why.

    `starts_at` to `ends_at` is the access; `ended_at` ends it early. It waits for a review until `reviewed_at`.
    """

    __tablename__ = "emergency_access"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("(reviewed_at is null) = (reviewed_by is null)", name="reviewed"),
        Index("ix_emergency_access_physician", "physician_id", "patient_id", "ends_at"),
        Index("ix_emergency_access_unreviewed", "starts_at", postgresql_where=text("reviewed_at is null")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    staff_id: Mapped[UUID]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None]
    is_justified: Mapped[bool | None]
    review_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    review_note = EncryptedText("review_note_sealed")


class PhysicianCover(Edited, Base):
    """One physician looks after another's patients on these days, both inclusive, in the absent one's zone."""

    __tablename__ = "physician_cover"
    __table_args__ = (
        CheckConstraint("cover_id <> physician_id", name="somebody_else"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        Index("ix_physician_cover_cover", "cover_id"),
        Index("ix_physician_cover_physician", "physician_id"),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    cover_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ContactEntry(Base):
    """A call or note about a patient (FHIR Communication); append-only, a correction names what it corrects."""

    __tablename__ = "contact_entry"
    __table_args__ = (
        CheckConstraint("kind in ('call', 'note')", name="kind"),
        CheckConstraint("(kind = 'call') = (direction is not null and outcome is not null)", name="call_has_outcome"),
        CheckConstraint("direction in ('incoming', 'outgoing')", name="direction"),
        CheckConstraint("outcome in ('reached', 'left_message', 'no_answer', 'wrong_number')", name="outcome"),
        Index("ix_contact_entry_patient", "patient_id", "happened_at"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str]
    direction: Mapped[str | None]
    outcome: Mapped[str | None]
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    body = EncryptedText("body_sealed")
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    author_id: Mapped[UUID]
    author_name: Mapped[str]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact_entry.id"))


class PatientImport(Edited, Base):
    """One file of patients: checked first, then taken in row by row; counts tell how far it is."""

    __tablename__ = "patient_import"
    __table_args__ = (
        CheckConstraint(
            "state in ('receiving', 'checking', 'checked', 'importing', 'done', 'stopped', 'refused')", name="state"
        ),
        Index("ix_patient_import_busy", "created_at", postgresql_where=text("state in ('checking', 'importing')")),
    )

    id: Mapped[ExternalId]
    file_name: Mapped[str]
    state: Mapped[str]
    problem: Mapped[str | None]
    started_by_id: Mapped[UUID | None]
    started_by_name: Mapped[str]
    row_count: Mapped[int] = mapped_column(Integer, default=0)
    done_count: Mapped[int] = mapped_column(Integer, default=0)
    created_count: Mapped[int] = mapped_column(Integer, default=0)
    updated_count: Mapped[int] = mapped_column(Integer, default=0)
    unchanged_count: Mapped[int] = mapped_column(Integer, default=0)
    rejected_count: Mapped[int] = mapped_column(Integer, default=0)
    next_line: Mapped[int] = mapped_column(Integer, default=0)
    is_stop_wanted: Mapped[bool] = mapped_column(default=False)
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class PatientImportPart(Base):
    """A piece of an imported file, sealed; emptied when the import is over."""

    __tablename__ = "patient_import_part"
    __table_args__ = (UniqueConstraint("import_id", "position"),)

    id: Mapped[ExternalId]
    import_id: Mapped[UUID] = mapped_column(ForeignKey("patient_import.id"))
    position: Mapped[int] = mapped_column(Integer)
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    content = EncryptedText("content_sealed")


class PatientImportRejection(Base):
    """A row of an imported file that was not taken, with its line, column and reason; the row itself is sealed."""

    __tablename__ = "patient_import_rejection"
    __table_args__ = (UniqueConstraint("import_id", "line"),)

    id: Mapped[ExternalId]
    import_id: Mapped[UUID] = mapped_column(ForeignKey("patient_import.id"))
    line: Mapped[int] = mapped_column(Integer)
    column: Mapped[str | None]
    reason: Mapped[str]
    row_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    row = EncryptedText("row_sealed")

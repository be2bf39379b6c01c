"""Tables of pharmacies, their licenses, prescribers' registrations and looks into the state's monitoring program."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText


class Pharmacy(Edited, Base):
    """Who compounds and ships (FHIR Organization); `channel` says how fills reach it: a person tells it, or a sandbox.

    A retired pharmacy takes no new orders; what is under way there goes on.
    """

    __tablename__ = "pharmacy"
    __table_args__ = (CheckConstraint("channel in ('manual', 'sandbox')", name="channel"),)

    id: Mapped[ExternalId]
    name: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str]
    address: Mapped[str]
    dea_number: Mapped[str]
    channel: Mapped[str] = mapped_column(default="manual")
    retired_at: Mapped[datetime | None]


class PharmacyLicence(Edited, Base):
    """A pharmacy's license to send into a state; both days are inclusive."""

    __tablename__ = "pharmacy_licence"
    __table_args__ = (
        CheckConstraint("state in ('FL', 'NJ')", name="state"),
        CheckConstraint("valid_until >= valid_from", name="dates_in_order"),
        UniqueConstraint("pharmacy_id", "state", "number"),
    )

    id: Mapped[ExternalId]
    pharmacy_id: Mapped[UUID] = mapped_column(ForeignKey("pharmacy.id"))
    state: Mapped[str]
    number: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date]


class PrescriberRegistration(Edited, Base):
    """A physician's registration to prescribe in a state: `dea` in each state, `cds` where the state has its own.

    Both days are inclusive. `address` is the registered place, which every order carries.
    """

    __tablename__ = "prescriber_registration"
    __table_args__ = (
        CheckConstraint("kind in ('dea', 'cds')", name="kind"),
        CheckConstraint("state in ('FL', 'NJ')", name="state"),
        CheckConstraint("valid_until >= valid_from", name="dates_in_order"),
        UniqueConstraint("physician_id", "kind", "state", "number"),
    )

    id: Mapped[ExternalId]
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    kind: Mapped[str]
    state: Mapped[str]
    number: Mapped[str]
    address: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date]


class PdmpCheck(Base):
    """Append-only: one look into a state's prescription drug monitoring program, as a physician reports it.

    Where the program could not be reached (`unavailable`) `outage` says what was seen instead; counts leave this
    clinic's own prescriptions out. `reference` is the program's number of the query.
    """

    __tablename__ = "pdmp_check"
    __table_args__ = (
        CheckConstraint("state in ('FL', 'NJ')", name="state"),
        CheckConstraint("result in ('nothing_else', 'explained', 'unexplained', 'unavailable')", name="result"),
        CheckConstraint("(result = 'unavailable') = (outage_sealed is not null)", name="outage"),
        CheckConstraint("(result = 'unavailable') = (reference is null)", name="reference"),
        CheckConstraint("prescribers >= 0 and pharmacies >= 0", name="counts"),
        Index("ix_pdmp_check_patient", "patient_id", "checked_at"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    state: Mapped[str]
    checked_at: Mapped[datetime]
    result: Mapped[str]
    reference: Mapped[str | None]
    prescribers: Mapped[int] = mapped_column(SmallInteger)
    pharmacies: Mapped[int] = mapped_column(SmallInteger)
    has_other_ketamine: Mapped[bool]
    outage_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outage = EncryptedText("outage_sealed")
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = EncryptedText("note_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]

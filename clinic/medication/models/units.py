"""Tables of the unit ledger: every unit that came to a patient, and what became of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, ExternalId, InternalId

KINDS = (
    "'dispensed', 'received_less', 'received_more', 'taken', 'wasted', 'destroyed', 'lost', 'returned_undelivered', "
    "'recall_returned', 'found'"
)
COMING = "'dispensed', 'received_more', 'found'"


class UnitEntry(Base):
    """Append-only: units of one lot that came to a patient (above 0) or went (below 0), and by what.

    `taken` names the session, `dispensed` and `returned_undelivered` the parcel; every entry names the fill, and
    through it order and program check. `claim_id` is the report that says why, `count_id` the count that a physician's
    correction follows.
    """

    __tablename__ = "unit_entry"
    __table_args__ = (
        CheckConstraint(f"kind in ({KINDS})", name="kind"),
        CheckConstraint(f"units <> 0 and (units > 0) = (kind in ({COMING}))", name="sign"),
        CheckConstraint("(kind = 'taken') = (appointment_id is not null)", name="session"),
        CheckConstraint("kind not in ('dispensed', 'returned_undelivered') or shipment_id is not null", name="parcel"),
        CheckConstraint("count_id is null or kind in ('lost', 'found')", name="correction"),
        Index(
            "uq_unit_entry_dispensed",
            "shipment_id",
            "lot_id",
            unique=True,
            postgresql_where=text("kind = 'dispensed'"),
        ),
        Index("ix_unit_entry_patient", "patient_id", "id"),
        Index("ix_unit_entry_lot", "lot_id"),
        Index("ix_unit_entry_session", "appointment_id", postgresql_where=text("appointment_id is not null")),
    )

    id: Mapped[InternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    fill_id: Mapped[UUID] = mapped_column(ForeignKey("fill.id"))
    shipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipment.id"))
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))
    count_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit_count.id"))
    claim_id: Mapped[UUID | None] = mapped_column(ForeignKey("supply_claim.id"))
    kind: Mapped[str]
    units: Mapped[int] = mapped_column(SmallInteger)
    on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class UnitBalance(Base):
    """The sum of a patient's entries of one lot, kept in their transaction; the database refuses less than nothing."""

    __tablename__ = "unit_balance"
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    units: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime]


class UnitCount(Base):
    """Append-only: how many units a patient counted, and how many the ledger expected at that moment.

    `before` is what was left at the count before; `dispensed`, `taken` and `wasted` happened since then, where `wasted`
    holds everything else that the ledger explains. `entry_id` is the newest entry that the count knew of.
    `assessment_id` is the check-in that asked, `plan_id` the plan that a zero count closes.
    """

    __tablename__ = "unit_count"
    __table_args__ = (
        CheckConstraint("moment in ('delivery', 'session', 'refill', 'check_in', 'closing', 'asked')", name="moment"),
        CheckConstraint("counted >= 0 and expected >= 0", name="counts"),
        CheckConstraint("(moment = 'closing') = (plan_id is not null)", name="closing"),
        CheckConstraint("plan_id is null or counted = 0", name="zero_count"),
        UniqueConstraint("assessment_id"),
        Index("ix_unit_count_patient", "patient_id", "at"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    moment: Mapped[str]
    counted: Mapped[int] = mapped_column(SmallInteger)
    expected: Mapped[int] = mapped_column(SmallInteger)
    before: Mapped[int] = mapped_column(SmallInteger)
    dispensed: Mapped[int] = mapped_column(SmallInteger)
    taken: Mapped[int] = mapped_column(SmallInteger)
    wasted: Mapped[int] = mapped_column(SmallInteger)
    entry_id: Mapped[int | None] = mapped_column(BigInteger)
    assessment_id: Mapped[UUID | None] = mapped_column(ForeignKey("assessment.id"))
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))
    shipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipment.id"))
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("treatment_plan.id"))
    on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]

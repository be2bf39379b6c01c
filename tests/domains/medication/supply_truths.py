"""What is true of supply whatever happened: units, orders, parcels and recalls, looked at from the tables alone."""

import json
from collections import Counter, defaultdict
from datetime import timedelta
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.localtime import in_zone
from clinic.medication.models import (
    Fill,
    FillLot,
    Lot,
    LotRecall,
    PdmpCheck,
    Prescription,
    RecallNotice,
    Receipt,
    RefillDecision,
    Shipment,
    UnitBalance,
    UnitEntry,
)
from clinic.medication.queries.ledger import untraceable
from clinic.medication.queries.records import LIVES_ON
from clinic.medication.rules.fills import GIVES_ITS_NUMBER_BACK
from clinic.medication.rules.reasons import ReasonCode, wording
from clinic.people.models import Patient

GONE = ("disputed", "lost", "returning", "returned_to_pharmacy", "canceled")
MAY_BE_SET_ASIDE = frozenset(code.value for code in ReasonCode if wording(code).override)


class Truths(RuleBasedStateMachine):
    """Invariants over everything in the database; whoever inherits it makes things happen.

    What goes wrong stays in the tables, so a look at every fourth step and at the end is enough.
    """

    session: Session
    people: list[UUID]
    steps = 0

    def me(self, who: int) -> Actor:
        return Actor(kind=ActorKind.PATIENT, id=self.people[who], name="Patient")

    def fill_of(self, who: int) -> Fill | None:
        mine = select(Fill).where(Fill.patient_id == self.people[who])
        return self.session.scalar(mine.order_by(Fill.created_at.desc(), Fill.number.desc()).limit(1))

    def parcel_of(self, who: int) -> Shipment | None:
        mine = select(Shipment).where(Shipment.patient_id == self.people[who])
        return self.session.scalar(mine.order_by(Shipment.handed_over_at.desc()).limit(1))

    @invariant()
    def all_is_true_now_and_then(self) -> None:
        self.steps += 1
        if self.steps % 4 == 0:
            self.all_is_true()

    def all_is_true(self) -> None:
        """Look at everything."""
        self.balances_are_the_sums_of_entries_and_never_less_than_nothing()
        self.no_unit_is_made_up_or_there_and_gone()
        self.no_fill_goes_beyond_its_order_or_without_a_look_into_the_program()
        self.no_parcel_without_a_decision_of_its_own_moment_and_none_with_a_lot_that_was_no_good()
        self.a_recalled_or_expired_lot_opens_no_session()
        self.whoever_has_units_of_a_recalled_lot_is_told()
        self.a_confirmed_parcel_has_a_signature_and_a_count()

    def balances_are_the_sums_of_entries_and_never_less_than_nothing(self) -> None:
        lives_on = dict(self.session.execute(select(Patient.id, LIVES_ON)).all())
        entered: Counter[tuple[UUID, UUID]] = Counter()
        sums = select(UnitEntry.patient_id, UnitEntry.lot_id, func.sum(UnitEntry.units))
        for patient_id, lot_id, units in self.session.execute(sums.group_by(UnitEntry.patient_id, UnitEntry.lot_id)):
            entered[lives_on[patient_id], lot_id] += int(units)
        kept = {(row.patient_id, row.lot_id): row.units for row in self.session.scalars(select(UnitBalance))}
        assert {key: units for key, units in kept.items() if units} == {key: n for key, n in entered.items() if n}
        assert all(units >= 0 for units in kept.values())

    def no_unit_is_made_up_or_there_and_gone(self) -> None:
        """Of each fill and lot: what is left is no less than nothing and no more than was packed or counted inside."""
        packed = {(row.fill_id, row.lot_id): row.units for row in self.session.scalars(select(FillLot))}
        gone = set(self.session.scalars(select(Shipment.fill_id).where(Shipment.state.in_(GONE))))
        kinds = (UnitEntry.fill_id, UnitEntry.lot_id, UnitEntry.kind, UnitEntry.shipment_id.is_not(None))
        moves: defaultdict[tuple[UUID, UUID], Counter[tuple[str, bool]]] = defaultdict(Counter)
        for fill_id, lot_id, kind, by_parcel, units in self.session.execute(
            select(*kinds, func.sum(UnitEntry.units)).group_by(*kinds)
        ):
            moves[fill_id, lot_id][kind, by_parcel] = int(units)
        for key, kind in moves.items():
            at_home = sum(units for (_, by_parcel), units in kind.items() if not by_parcel)
            assert kind["dispensed", True] in {0, packed[key]}
            assert at_home <= 0 <= kind.total() <= packed[key] + kind["received_more", True]
            assert key[0] not in gone or kind.total() <= kind["found", False]
        assert untraceable(self.session) == []

    def no_fill_goes_beyond_its_order_or_without_a_look_into_the_program(self) -> None:
        used: Counter[UUID] = Counter()
        wanted = select(Fill, Prescription, RefillDecision).join(Prescription, Prescription.id == Fill.prescription_id)
        looks = {look.id: look for look in self.session.scalars(select(PdmpCheck))}
        for fill, order, decision in self.session.execute(
            wanted.outerjoin(RefillDecision, RefillDecision.id == Fill.decision_id)
        ):
            used[order.id] += fill.state not in GIVES_ITS_NUMBER_BACK
            assert used[order.id] <= 1 + order.refills
            assert fill.released_on is None or fill.released_on <= order.expires_on
            if decision is not None:
                look = looks[UUID(json.loads(decision.inputs)["pdmp"]["id"])]
                assert decision.moment == "release"
                assert timedelta() <= decision.at - look.checked_at <= timedelta(days=1)

    def no_parcel_without_a_decision_of_its_own_moment_and_none_with_a_lot_that_was_no_good(self) -> None:
        wanted = (
            select(Shipment, RefillDecision, Lot.beyond_use_on, LotRecall.at)
            .outerjoin(RefillDecision, RefillDecision.id == Shipment.decision_id)
            .join(FillLot, FillLot.fill_id == Shipment.fill_id)
            .join(Lot, Lot.id == FillLot.lot_id)
            .outerjoin(LotRecall, LotRecall.lot_id == Lot.id)
        )
        for parcel, decision, beyond_use_on, recalled_at in self.session.execute(wanted):
            assert (decision.moment, decision.is_allowed, decision.at) == ("ship", True, parcel.handed_over_at)
            assert {each["code"] for each in decision.reasons} <= MAY_BE_SET_ASIDE
            assert recalled_at is None or recalled_at >= parcel.handed_over_at
            assert beyond_use_on >= in_zone(parcel.handed_over_at, "America/New_York").date() + timedelta(days=2)

    def a_recalled_or_expired_lot_opens_no_session(self) -> None:
        wanted = (
            select(UnitEntry, Lot.beyond_use_on, LotRecall.at)
            .join(Lot, Lot.id == UnitEntry.lot_id)
            .outerjoin(LotRecall, LotRecall.lot_id == Lot.id)
            .where(UnitEntry.kind == "taken")
        )
        for entry, beyond_use_on, recalled_at in self.session.execute(wanted):
            assert entry.on <= beyond_use_on
            assert recalled_at is None or entry.at <= recalled_at

    def whoever_has_units_of_a_recalled_lot_is_told(self) -> None:
        held = select(UnitBalance.patient_id, UnitBalance.lot_id).join(
            LotRecall, LotRecall.lot_id == UnitBalance.lot_id
        )
        told_of = select(RecallNotice.patient_id, LotRecall.lot_id).join(
            LotRecall, LotRecall.id == RecallNotice.recall_id
        )
        concerned = {tuple(row) for row in self.session.execute(held.where(UnitBalance.units > 0))}
        assert concerned <= {tuple(row) for row in self.session.execute(told_of)}

    def a_confirmed_parcel_has_a_signature_and_a_count(self) -> None:
        for parcel in self.session.scalars(select(Shipment).where(Shipment.state == "confirmed")):
            assert parcel.has_signature
            assert self.session.scalar(select(Receipt.id).where(Receipt.shipment_id == parcel.id).limit(1))

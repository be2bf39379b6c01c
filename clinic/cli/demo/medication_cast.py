"""Who has which supply at the demo clinic, from whom it comes, and how far each parcel has come; all invented."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType

from clinic.medication.rules.orders import OrderFields, OrderForm, Route
from clinic.medication.rules.registering import NewPharmacy

PHARMACIES = (
    NewPharmacy(
        name="Harborside Compounding",
        phone="+18135550141",
        address="410 Quay Street, Tampa, FL 33602",
        dea_number="FH5550175",
    ),
    NewPharmacy(
        name="Lantern Pharmacy (answers by itself)",
        phone="+19735550142",
        address="25 Lantern Row, Newark, NJ 07102",
        dea_number="FL5550187",
        channel="sandbox",
    ),
)

PHARMACY_LICENSES = (("FL", 380), ("NJ", 45))
"""Every pharmacy's licenses: the state, and so many days until the end."""

REGISTRATIONS = (
    (("dea", "FL", "BO5550175", 600), ("dea", "NJ", "BO5550187", 600), ("cds", "NJ", "D05550101", 220)),
    (("dea", "FL", "BH5550199", 500),),
    (("dea", "NJ", "BR5550202", 410), ("cds", "NJ", "D05550102", 50)),
)
"""What each physician of `staff.DOCTORS` holds: kind, state, number, and so many days until the end."""

ADDRESSES = MappingProxyType({"FL": "88 Bayfront Walk, Miami, FL 33130", "NJ": "12 Depot Square, Newark, NJ 07102"})
"""Where prescribers are registered."""


class Step(IntEnum):
    """How far a fill has come when the story ends."""

    RELEASED = 0
    AT_PHARMACY = 1
    CLARIFICATION = 2
    LEFT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """One patient's order and its first fill; the order follows the first visit, and each of its numbers is invented.

    With `left` the parcel left so many hours before the story's end, else the day after the order; a fill that did not
    come to leaving was let out then. The last two digits of a tracking number, `ending`, say what becomes of the
    parcel. `heard` is how many hours before the end the carrier is asked about it, `confirms` says that the
    patient does, `lot` names a lot that several patients share. `asks` is how many hours ago the patient asked for the
    next shipment. In an `outage` the program could not be reached, so the order is for its three days.
    """

    units: int = 6
    days: int = 28
    step: Step = Step.LEFT
    left: float | None = None
    ending: str = "01"
    heard: float | None = None
    confirms: bool = True
    lot: str = "A"
    pharmacy: int = 0
    asks: float | None = None
    outage: bool = False


ALLOWED, SHORT, LITTLE_BENEFIT, OUTAGE = 27, 9, 7, 31
"""Places in the list: a request that may be granted, a count that is short, little benefit, a look that is due."""
ARRIVES, UNCONFIRMED, COLLECT, SILENT, DISPUTES = 2, 11, 13, 34, 30
HEARD, NOT_HEARD, LOSES, PROGRAM = 28, 29, 32, 37
RECALLED = "B"

_LAST = 3.9
"""The jobs ask again after four hours, so that parcels move soon after the reader has come."""

SUPPLIES: Mapping[int, Supply] = MappingProxyType(
    {
        ARRIVES: Supply(left=49.95, ending="02", heard=_LAST, confirms=False),
        LITTLE_BENEFIT: Supply(days=18, asks=20),
        SHORT: Supply(days=42, asks=100),
        UNCONFIRMED: Supply(left=76, ending="03", heard=_LAST, confirms=False),
        COLLECT: Supply(left=78, ending="82", heard=_LAST, confirms=False),
        ALLOWED: Supply(units=6, days=21, asks=5),
        HEARD: Supply(units=8, lot=RECALLED),
        NOT_HEARD: Supply(lot=RECALLED),
        DISPUTES: Supply(left=100, ending="05", heard=48, confirms=False),
        OUTAGE: Supply(units=1, days=3, outage=True),
        LOSES: Supply(days=40),
        33: Supply(step=Step.RELEASED, left=60),
        SILENT: Supply(left=52, ending="86", heard=_LAST, confirms=False),
        36: Supply(step=Step.AT_PHARMACY, left=6, pharmacy=1),
        38: Supply(step=Step.CLARIFICATION, left=110),
    }
)
"""By the place in the list."""


def order_of(supply: Supply) -> OrderFields:
    """Return what the physician enters; drug and strength are evidently those of no real order."""
    return OrderFields(
        drug="Demo compound",
        form=OrderForm.TROCHE,
        route=Route.SUBLINGUAL,
        strength_value=Decimal(1),
        strength_unit="demo strength",
        quantity=supply.units,
        units_per_session=1,
        days_supply=supply.days,
        refills=2,
        directions="As agreed for each session, with the support person there.",
        indication="Demo indication",
    )

"""Policies of orders, shipments and the units that patients have at home."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.policies.rules.keys import PolicyKey
from clinic.policies.rules.kinds import Policy, WholeNumberPolicy

_HOUSE = "The clinic's own choice"
_PROGRAM = (
    "Florida asks for a look before each prescription (s. 893.055(8), F.S.), New Jersey less for this schedule "
    "(N.J.A.C. 13:45A-35.9); one rule for both is the clinic's own choice, and 3 days the longest that it allows"
)
_EARLY = "The clinic's own choice; pharmacies commonly fill 2 days early"
_VISITS = (
    "The clinic's own choice; Florida's rule on pain (s. 456.44(3)(d), F.S.) asks for visits at least every 3 months"
)
_ON_HAND = "An opinion: no published number for treatment at home was found"
_LOST = "The clinic's own choice; the pharmacy's own duty to report begins when it hears of it (21 CFR 1301.76(b))"
_COMPENDIUM = "USP <795>: at most 180 days for capsules, tablets, lozenges and troches"

MEDICATION: Mapping[PolicyKey, Policy] = MappingProxyType(
    {
        PolicyKey.PDMP_VALID_DAYS: WholeNumberPolicy(
            title="Monitoring program: age of a look",
            meaning="A look into the state's monitoring program counts this long for an order or a shipment.",
            unit="days before it",
            least=1,
            most=3,
            default=1,
            source=_PROGRAM,
            is_clinical=True,
        ),
        PolicyKey.REFILL_EARLY_DAYS: WholeNumberPolicy(
            title="Next shipment: how early",
            meaning="The next shipment may go out this long before what the patient has would be used up.",
            unit="days before that",
            least=0,
            most=7,
            default=2,
            source=_EARLY,
            is_clinical=True,
        ),
        PolicyKey.ORDER_VISIT_DAYS: WholeNumberPolicy(
            title="Order: age of the last visit",
            meaning="Nothing is ordered or sent unless a physician saw the patient within this time.",
            unit="days",
            least=7,
            most=90,
            default=90,
            source=_VISITS,
            is_clinical=True,
        ),
        PolicyKey.MOST_UNITS_ON_HAND: WholeNumberPolicy(
            title="Units at home",
            meaning="A shipment never brings a patient above this many units at home.",
            unit="units",
            least=1,
            most=200,
            default=24,
            source=_ON_HAND,
            is_clinical=True,
        ),
        PolicyKey.COUNT_VALID_DAYS: WholeNumberPolicy(
            title="Count of units: age",
            meaning="A patient's count of units counts for the next shipment this long.",
            unit="days",
            least=1,
            most=60,
            default=7,
            source=_HOUSE,
            is_clinical=True,
        ),
        PolicyKey.ADDRESS_CONFIRMED_DAYS: WholeNumberPolicy(
            title="Delivery address: confirmed",
            meaning="Nothing is sent unless the patient confirmed the address within this time.",
            unit="days",
            least=1,
            most=60,
            default=14,
            source=_HOUSE,
        ),
        PolicyKey.FIRST_SCAN_HOURS: WholeNumberPolicy(
            title="Parcel: first scan",
            meaning="A coordinator is asked to call the pharmacy when no carrier scanned a parcel after so long.",
            unit="hours after the label",
            least=12,
            most=120,
            default=48,
            source=_HOUSE,
        ),
        PolicyKey.NO_SCAN_HOURS: WholeNumberPolicy(
            title="Parcel: no further scan",
            meaning="A coordinator is asked to call the carrier when a parcel on its way was not scanned for so long.",
            unit="hours after the last scan",
            least=24,
            most=168,
            default=72,
            source=_HOUSE,
        ),
        PolicyKey.PICKUP_DAYS: WholeNumberPolicy(
            title="Parcel: waits to be picked up",
            meaning="The patient is called when a parcel waits at a pickup point for so long.",
            unit="days at the pickup point",
            least=1,
            most=10,
            default=3,
            source=_HOUSE,
        ),
        PolicyKey.LOST_AFTER_DAYS: WholeNumberPolicy(
            title="Parcel: lost",
            meaning="A parcel that was not delivered after so long counts as lost.",
            unit="days after it was handed over",
            least=5,
            most=30,
            default=10,
            source=_LOST,
        ),
        PolicyKey.BEYOND_USE_MARGIN_DAYS: WholeNumberPolicy(
            title="Beyond-use date: margin",
            meaning="Units are sent only if they can still be used this long after the patient's next session.",
            unit="days after it",
            least=0,
            most=30,
            default=2,
            source=_HOUSE,
            is_clinical=True,
        ),
        PolicyKey.BEYOND_USE_DAYS: WholeNumberPolicy(
            title="Beyond-use date: longest",
            meaning="A later beyond-use date on a label is taken for a mistake. Otherwise the label decides.",
            unit="days after it was made",
            least=30,
            most=180,
            default=180,
            source=_COMPENDIUM,
            is_clinical=True,
        ),
    }
)

"""What a membership's state lets a patient have, and what no state ever takes away."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from clinic.billing.rules.subscriptions import SubscriptionState

GRACE_DAYS = 7
"""So many days after a failed renewal nothing is withheld."""


class Capability(StrEnum):
    """What a patient can have of the clinic."""

    SAFETY = "safety"
    MONITORING = "monitoring"
    RECORDS = "records"
    TAPER = "taper"
    SAFETY_MESSAGES = "safety_messages"
    PARCEL_UNDER_WAY = "parcel_under_way"
    START_SESSION = "start_session"
    NEW_SHIPMENT = "new_shipment"
    NEW_SESSION = "new_session"
    UPGRADE = "upgrade"


_C, _S = Capability, SubscriptionState

ALWAYS = frozenset(
    {_C.SAFETY, _C.MONITORING, _C.RECORDS, _C.TAPER, _C.SAFETY_MESSAGES, _C.PARCEL_UNDER_WAY, _C.START_SESSION}
)
"""Whatever is owed, these stay: money alone takes no care away, no parcel back, and no sitter from somebody at home."""

SOLD = frozenset({_C.NEW_SHIPMENT, _C.NEW_SESSION})
"""What a membership is paid for; a patient who tapers has it all the same."""

_IN_STATE: Mapping[SubscriptionState, frozenset[Capability]] = MappingProxyType(
    {
        _S.ACTIVE: SOLD | {_C.UPGRADE},
        _S.PAST_DUE: SOLD,
    }
)


def capabilities(state: SubscriptionState | None, *, days_past_due: int = 0) -> frozenset[Capability]:
    """Return what a patient has by money alone; None is a patient without a membership."""
    sold = _IN_STATE.get(state, frozenset()) if state is not None else frozenset()
    if state is _S.PAST_DUE and days_past_due > GRACE_DAYS:
        sold = frozenset()
    return ALWAYS | sold

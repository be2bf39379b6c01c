"""What each kind of task hurts when it is left; a clinic's answer to "what first?" in one table."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.worklist.rules.harm import Harm, HoldsUp, Hurt
from clinic.worklist.rules.names import WorkKind

_ITS, _NEXT = HoldsUp.ITS_VISIT, HoldsUp.NEXT_VISIT

_LOCKED = "the patient cannot open the link"
_SHIPMENT = "medication is not where it should be"


def _life(because: str) -> Hurt:
    return Hurt(harm=Harm.LIFE, because=because)


def _stuck(because: str, holds_up: HoldsUp = HoldsUp.NOTHING) -> Hurt:
    return Hurt(harm=Harm.STUCK, because=because, holds_up=holds_up)


def _paper(because: str, holds_up: HoldsUp = HoldsUp.NOTHING) -> Hurt:
    return Hurt(harm=Harm.PAPER, because=because, holds_up=holds_up)


def _upkeep(because: str) -> Hurt:
    return Hurt(harm=Harm.UPKEEP, because=because)


HURTS: Mapping[WorkKind, Hurt] = MappingProxyType(
    {
        WorkKind.DANGER_SUSPECTED: _life("somebody may be in danger"),
        WorkKind.CALL_OUTCOME_MISSING: _life("nobody has written down whether the person who was called for is safe"),
        WorkKind.CHECK_UNWATCHED: _life("no physician sees an alarming answer"),
        WorkKind.RECALL_CALL: _life("a recalled delivery may be used at home"),
        WorkKind.SESSION_EMERGENCY: _life("somebody at a visit at home asked for help"),
        WorkKind.SESSION_CHECK_LATE: _life("nobody has looked after the patient for a while"),
        WorkKind.SESSION_HELD: _stuck("the patient waits at home and may not begin", _ITS),
        WorkKind.SESSION_STOPPED: _stuck("a physician has to look at a checklist of today", _NEXT),
        WorkKind.READINESS_OPEN: _stuck("it is not ready to begin", _ITS),
        WorkKind.READINESS_DECISION: _stuck("a physician has to decide before it begins", _ITS),
        WorkKind.PATIENT_ELSEWHERE: _stuck("the patient is where the physician may not treat", _ITS),
        WorkKind.VISIT_NOT_HANDED_OVER: _stuck("it has no place with the new physician", _ITS),
        WorkKind.SUPPORT_LINK_LOCKED: _stuck("the support person cannot open the link", _NEXT),
        WorkKind.SUPPORT_PERSON_CALL: _stuck("the support person does not know that the visit changed", _ITS),
        WorkKind.UNCONFIRMED_VISIT: _stuck("nobody has confirmed it", _ITS),
        WorkKind.SUPPORT_PERSON_MISSING: _stuck("nobody is there to support the patient", _ITS),
        WorkKind.LICENCE_GAP: _stuck("the physician is not licensed where the patient will be", _ITS),
        WorkKind.STRANDED_VISIT: _stuck("it lies outside the hours", _ITS),
        WorkKind.MOVE_REQUESTED: _stuck("the patient wants another time", _ITS),
        WorkKind.LINK_LOCKED: _stuck(_LOCKED, _ITS),
        WorkKind.COURSE_BROKEN: _stuck("booked dates no longer fit the protocol", _NEXT),
        WorkKind.RESTART_NEEDS_VISIT: _stuck("a physician has to see the patient first", _NEXT),
        WorkKind.FORMS_UNSIGNED: _stuck("a form is not signed", _NEXT),
        WorkKind.FORM_WITHDRAWN: _stuck("a form that care rests on was withdrawn", _NEXT),
        WorkKind.CONSENT_WITHDRAWN: _stuck("a consent that care rests on was withdrawn", _NEXT),
        WorkKind.MISSED_REVIEW: _stuck("a physician has to look first", _NEXT),
        WorkKind.FLAG_REVIEW: _stuck("a clinical check is open", _NEXT),
        WorkKind.REPLACEMENT_OPEN: _stuck("visits have no physician"),
        WorkKind.PLAN_PHYSICIAN_GONE: _stuck("the patient has no physician", _NEXT),
        WorkKind.TRANSFER_NEEDED: _stuck("the patient moves away from the physician", _NEXT),
        WorkKind.TRANSFER_WAITING: _stuck("nobody has said yes to the patient yet"),
        WorkKind.HANDED_OVER_CALL: _stuck("the patient does not know who looks after them now"),
        WorkKind.ORDER_OF_NEW_PHYSICIAN: _stuck("the next shipment needs the new physician's own order"),
        WorkKind.PATIENT_MOVES: _stuck("the next order meets another state's rules"),
        WorkKind.LEAVING_HAND_OFF: _stuck("the patient leaves and nobody has taken the care over"),
        WorkKind.LEAVING_CALL: _stuck("the patient leaves and nobody has called"),
        WorkKind.LEGAL_BASIS_ENDING: _paper("a basis for visits by video ends"),
        WorkKind.DELIVERY_FAILED: _stuck("a text did not arrive", _NEXT),
        WorkKind.MESSAGE_UNKNOWN: _stuck("a text may not have arrived", _NEXT),
        WorkKind.OPTED_OUT_PATIENT: _stuck("no text may tell the patient", _NEXT),
        WorkKind.NUMBER_TO_CHECK: _stuck("the number does not reach the patient", _NEXT),
        WorkKind.REPLY_UNCLEAR: _stuck("the patient wrote and waits for an answer", _NEXT),
        WorkKind.COURSE_LINK_LOCKED: _stuck(_LOCKED, _NEXT),
        WorkKind.FORMS_LINK_LOCKED: _stuck(_LOCKED, _NEXT),
        WorkKind.INTAKE_LINK_LOCKED: _stuck(_LOCKED, _NEXT),
        WorkKind.MESSAGES_LINK_LOCKED: _stuck(_LOCKED),
        WorkKind.CHECK_IN_LINK_LOCKED: _stuck(_LOCKED),
        WorkKind.DELIVERIES_LINK_LOCKED: _stuck(_LOCKED),
        WorkKind.WAITLIST_LINK_LOCKED: _stuck("the patient cannot open an offer that runs out"),
        WorkKind.WAITLIST_CALL: _stuck("a time that came free waits for a call"),
        WorkKind.CHECK_IN_OVERDUE: _stuck("nobody knows how the patient is"),
        WorkKind.CHECK_IN_UNSENT: _stuck("nobody has asked how the patient is"),
        WorkKind.MISSED_VISIT: _stuck("the patient did not come and nobody knows why"),
        WorkKind.MISSED_OFTEN: _stuck("the patient keeps missing visits"),
        WorkKind.OFFER_DECLINED: _stuck("the patient has no date that suits"),
        WorkKind.REVIEW_DUE: _stuck("the patient has no date with the physician"),
        WorkKind.NEXT_DATES_DUE: _stuck("the patient has no next date"),
        WorkKind.AFTERCARE_DUE: _stuck("the patient has no date for a check"),
        WorkKind.INTAKE_WAITING: _stuck("somebody waits to begin", _NEXT),
        WorkKind.INTAKE_CALL: _stuck("somebody who wants to begin waits for a call"),
        WorkKind.INTAKE_STUCK: _stuck("somebody who wants to begin got no further"),
        WorkKind.DELIVERY_DISPUTED: _stuck(_SHIPMENT),
        WorkKind.PARCEL_EXCEPTION: _stuck(_SHIPMENT),
        WorkKind.PARCEL_UNCONFIRMED: _stuck("nobody has said that the parcel is there"),
        WorkKind.ADDRESS_CHECK: _stuck("nothing can be sent to the address"),
        WorkKind.PHARMACY_ASKS: _stuck("a pharmacy waits before it ships"),
        WorkKind.REFILL_DUE: _stuck("the next shipment waits for a decision"),
        WorkKind.ORDER_ENDING: _stuck("an order ends and nothing follows it"),
        WorkKind.COUNT_REFUSED: _stuck("the count of units at home does not add up"),
        WorkKind.SUPPLY_LEFT: _stuck("units are left after the end of a plan"),
        WorkKind.SENDING_STOPPED: _stuck("no text leaves at all"),
        WorkKind.LANE_PAUSED: _stuck("texts do not leave"),
        WorkKind.OUTBOX_PARKED: _stuck("something that should have followed did not"),
        WorkKind.ON_CALL_GAP: _stuck("an alarm may reach nobody"),
        WorkKind.GUESSING: _stuck("somebody is trying to get in"),
        WorkKind.SIGN_IN_CHANGED: _stuck("somebody else may sign in as a colleague"),
        WorkKind.MEMBERSHIP_APPROVAL: _paper("a membership waits for approval"),
        WorkKind.FINANCIAL_HAND_OFF: _stuck("care ends unpaid and nobody has taken it over"),
        WorkKind.HOLD_ENDS: _paper("a medical hold runs out"),
        WorkKind.BILLING_LINK_LOCKED: _paper("the patient cannot open the page of the plan"),
        WorkKind.PAYMENT_FAILED: _paper("a payment did not go through"),
        WorkKind.PAYMENT_DISPUTED: _paper("a bank takes a payment back"),
        WorkKind.PAYMENT_UNMATCHED: _paper("a payment is not in the books"),
        WorkKind.MISSED_PERIODS: _paper("months were not billed"),
        WorkKind.HARDSHIP_REQUEST: _paper("somebody cannot pay the usual price"),
        WorkKind.HARDSHIP_REVIEW: _paper("a hardship rate is to be looked at again"),
        WorkKind.LICENCE_ENDING: _paper("visits after the end of a license cannot be booked"),
        WorkKind.REGISTRATION_ENDING: _paper("nothing can be prescribed after the end of a registration"),
        WorkKind.EMERGENCY_ACCESS: _paper("a record was opened in an emergency and nobody has reviewed it"),
        WorkKind.STRAY_REPORT: _upkeep("the provider knows a text that is not ours"),
        WorkKind.PROVIDER_AUDIT: _upkeep("two lists of texts differ"),
        WorkKind.HOLIDAYS_UNDECIDED: _upkeep("next year's holidays can still be booked"),
    }
)

NO_OUTCOME = Hurt(harm=Harm.PAPER, because="nobody has written down whether it takes place", holds_up=HoldsUp.ITS_VISIT)
"""A visit whose time has come, of which no task says so: it stands in the queue without one."""

NEVER_WAIT = frozenset(kind for kind, hurt in HURTS.items() if hurt.harm is Harm.LIFE)
"""Kinds that nobody can put off; the database refuses it, too."""

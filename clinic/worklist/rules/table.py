"""Every kind of task with what a page shows of it and where its button leads."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.kernel.actor import Role
from clinic.worklist.rules.kinds import Closing, Kind
from clinic.worklist.rules.names import WorkKind


def _visit(title: str, action: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="coordinator.visit",
        argument="appointment_id",
        closing=closing,
    )


def _patient(title: str, action: str, *, due_in_hours: int, closing: Closing = Closing.BY_PERSON) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="coordinator.patient",
        argument="patient_id",
        closing=closing,
    )


def _course(title: str, action: str, *, due_in_hours: int) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="coordinator.course",
        argument="patient_id",
        closing=Closing.ALSO_BY_ITSELF,
    )


def _parcel(title: str, *, due_in_hours: int) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action="Open the parcel",
        endpoint="coordinator.parcel",
        argument="shipment_id",
        closing=Closing.ALSO_BY_ITSELF,
    )


def _medication(title: str, action: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.PHYSICIAN,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="physician.medication",
        argument="patient_id",
        closing=closing,
    )


def _billing(title: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action="Open billing",
        endpoint="coordinator.billing",
        argument="patient_id",
        closing=closing,
    )


def _membership(title: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.PHYSICIAN,
        due_in_hours=due_in_hours,
        action="Open the membership",
        endpoint="physician.membership",
        argument="patient_id",
        closing=closing,
    )


def _hardship(title: str, *, due_in_hours: int) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.ADMIN,
        due_in_hours=due_in_hours,
        action="Open hardship rates",
        endpoint="admin.hardship",
        argument=None,
        closing=Closing.ALSO_BY_ITSELF,
    )


def _system(title: str, action: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    return Kind(
        title=title,
        owner_role=Role.ADMIN,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="admin.system",
        argument=None,
        closing=closing,
    )


KINDS: Mapping[WorkKind, Kind] = MappingProxyType(
    {
        WorkKind.DELIVERY_FAILED: _patient("Text not delivered", "Open patient", due_in_hours=2),
        WorkKind.MESSAGE_UNKNOWN: _patient("Text may not have arrived", "Open patient", due_in_hours=4),
        WorkKind.REPLY_UNCLEAR: Kind(
            title="Reply needs reading",
            owner_role=Role.COORDINATOR,
            due_in_hours=2,
            action="Read reply",
            endpoint="coordinator.conversation",
            argument="phone_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.MESSAGES_LINK_LOCKED: _patient("Link to the messages locked", "Open patient", due_in_hours=4),
        WorkKind.CHECK_IN_OVERDUE: _patient(
            "Check-in without an answer: call", "Open patient", due_in_hours=24, closing=Closing.ALSO_BY_ITSELF
        ),
        WorkKind.CHECK_IN_UNSENT: _patient(
            "Check-in to go through by telephone", "Open patient", due_in_hours=8, closing=Closing.ALSO_BY_ITSELF
        ),
        WorkKind.CHECK_IN_LINK_LOCKED: _patient("Link to the check-in locked", "Open patient", due_in_hours=4),
        WorkKind.DELIVERIES_LINK_LOCKED: _patient("Link to the deliveries locked", "Open patient", due_in_hours=4),
        WorkKind.BILLING_LINK_LOCKED: _patient("Link to the plan locked", "Open patient", due_in_hours=4),
        WorkKind.DANGER_SUSPECTED: Kind(
            title="May be in danger: telephone now",
            owner_role=Role.COORDINATOR,
            due_in_hours=0,
            action="Read and call",
            endpoint="coordinator.conversation",
            argument="phone_id",
            closing=Closing.BY_PERSON,
        ),
        WorkKind.SUPPORT_PERSON_MISSING: _visit("No support person yet", "Open visit", due_in_hours=4),
        WorkKind.NUMBER_TO_CHECK: _patient(
            "Ask for another number", "Open patient", due_in_hours=4, closing=Closing.ALSO_BY_ITSELF
        ),
        WorkKind.STRAY_REPORT: _system(
            "Report about a text that is not ours", "Open system", due_in_hours=24, closing=Closing.BY_PERSON
        ),
        WorkKind.MOVE_REQUESTED: _visit("Wants another time", "Open visit", due_in_hours=4),
        WorkKind.OPTED_OUT_PATIENT: _patient("Call instead of a text", "Open patient", due_in_hours=8),
        WorkKind.LINK_LOCKED: _visit("Visit link locked", "Open visit", due_in_hours=4),
        WorkKind.UNCONFIRMED_VISIT: _visit("Visit not confirmed", "Open visit", due_in_hours=4),
        WorkKind.MISSED_VISIT: _visit("Missed visit", "Open visit", due_in_hours=24, closing=Closing.BY_PERSON),
        WorkKind.MISSED_OFTEN: _patient("Missed often: call the patient", "Open patient", due_in_hours=72),
        WorkKind.LICENCE_GAP: _visit("Physician not licensed there", "Open visit", due_in_hours=4),
        WorkKind.STRANDED_VISIT: _visit("Visit outside the hours", "Open visit", due_in_hours=24),
        WorkKind.HOLIDAYS_UNDECIDED: Kind(
            title="Holidays of next year",
            owner_role=Role.ADMIN,
            due_in_hours=30 * 24,
            action="Choose holidays",
            endpoint="admin.closures",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.LICENCE_ENDING: Kind(
            title="License ends soon",
            owner_role=Role.ADMIN,
            due_in_hours=7 * 24,
            action="Open physicians",
            endpoint="admin.physicians",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.REGISTRATION_ENDING: Kind(
            title="Registration to prescribe ends soon",
            owner_role=Role.ADMIN,
            due_in_hours=7 * 24,
            action="Open registrations",
            endpoint="admin.registrations",
            argument="physician_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.GUESSING: Kind(
            title="Somebody is guessing passwords",
            owner_role=Role.ADMIN,
            due_in_hours=1,
            action="Open staff",
            endpoint="admin.staff",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.SIGN_IN_CHANGED: Kind(
            title="Ask whether this was them",
            owner_role=Role.ADMIN,
            due_in_hours=24,
            action="Open staff",
            endpoint="admin.staff",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.COURSE_BROKEN: _course("Dates no longer fit", "Open dates", due_in_hours=24),
        WorkKind.NEXT_DATES_DUE: _course("Next dates to book", "Plan dates", due_in_hours=72),
        WorkKind.REVIEW_DUE: _course("Physician visit to book", "Plan dates", due_in_hours=48),
        WorkKind.RESTART_NEEDS_VISIT: _course("Physician visit before the next one", "Plan dates", due_in_hours=48),
        WorkKind.AFTERCARE_DUE: _course("Check to book", "Plan dates", due_in_hours=72),
        WorkKind.PLAN_PHYSICIAN_GONE: _course("Physician has left", "Choose another", due_in_hours=24),
        WorkKind.OFFER_DECLINED: _course("Offered dates do not suit", "Plan dates", due_in_hours=8),
        WorkKind.COURSE_LINK_LOCKED: _course("Link to the dates locked", "Open dates", due_in_hours=4),
        WorkKind.LEGAL_BASIS_ENDING: Kind(
            title="Legal basis ends",
            owner_role=Role.PHYSICIAN,
            due_in_hours=7 * 24,
            action="Open legal bases",
            endpoint="physician.legal_bases",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.CALL_OUTCOME_MISSING: Kind(
            title="Write down what was done",
            owner_role=Role.COORDINATOR,
            due_in_hours=1,
            action="Open the call",
            endpoint="oncall.page",
            argument="page_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.ON_CALL_GAP: Kind(
            title="The on-call rota needs you",
            owner_role=Role.ADMIN,
            due_in_hours=4,
            action="Open the rota",
            endpoint="admin.on_call",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.EMERGENCY_ACCESS: Kind(
            title="Record opened in an emergency",
            owner_role=Role.ADMIN,
            due_in_hours=7 * 24,
            action="Review it",
            endpoint="admin.emergency_access",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.CHECK_UNWATCHED: _patient(
            "A clinical check has no physician",
            "Open patient",
            due_in_hours=24,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.FLAG_REVIEW: Kind(
            title="A clinical check is open",
            owner_role=Role.PHYSICIAN,
            due_in_hours=72,
            action="Open the check",
            endpoint="physician.flag",
            argument="flag_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.SENDING_STOPPED: Kind(
            title="All texts are stopped",
            owner_role=Role.ADMIN,
            due_in_hours=1,
            action="Start texts again",
            endpoint="admin.ask_start",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.PROVIDER_AUDIT: Kind(
            title="Texts do not match the provider's list",
            owner_role=Role.ADMIN,
            due_in_hours=24,
            action="Open comparison",
            endpoint="admin.comparisons",
            argument=None,
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.PARCEL_EXCEPTION: _parcel("A parcel needs a call", due_in_hours=4),
        WorkKind.PHARMACY_ASKS: Kind(
            title="A pharmacy waits for a call",
            owner_role=Role.COORDINATOR,
            due_in_hours=4,
            action="Open the shipment",
            endpoint="coordinator.fill",
            argument="fill_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.PARCEL_UNCONFIRMED: _parcel("Ask whether the parcel is there", due_in_hours=24),
        WorkKind.DELIVERY_DISPUTED: _parcel("Parcel reported as not received", due_in_hours=2),
        WorkKind.RECALL_CALL: _patient(
            "Call: keep the last delivery aside", "Open patient", due_in_hours=4, closing=Closing.ALSO_BY_ITSELF
        ),
        WorkKind.ADDRESS_CHECK: Kind(
            title="Address to put right",
            owner_role=Role.COORDINATOR,
            due_in_hours=4,
            action="Open the address",
            endpoint="coordinator.address",
            argument="patient_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.REFILL_DUE: _medication("Decide about the next shipment", "Open medication", due_in_hours=24),
        WorkKind.ORDER_ENDING: _medication("An order ends soon", "Open medication", due_in_hours=72),
        WorkKind.COUNT_REFUSED: _medication(
            "An answer about units needs a look", "Open medication", due_in_hours=24, closing=Closing.BY_PERSON
        ),
        WorkKind.SUPPLY_LEFT: _medication("A plan is over, its units are not", "Open medication", due_in_hours=7 * 24),
        WorkKind.PAYMENT_FAILED: _billing("A payment did not go through", due_in_hours=24),
        WorkKind.PAYMENT_DISPUTED: _billing("A bank takes a payment back", due_in_hours=24, closing=Closing.BY_PERSON),
        WorkKind.MISSED_PERIODS: _billing("Months went by without an invoice", due_in_hours=24),
        WorkKind.PAYMENT_UNMATCHED: Kind(
            title="A payment that is not in our books",
            owner_role=Role.ADMIN,
            due_in_hours=24,
            action="Open revenue",
            endpoint="admin.revenue",
            argument=None,
            closing=Closing.BY_PERSON,
        ),
        WorkKind.MEMBERSHIP_APPROVAL: _membership("A membership waits for your approval", due_in_hours=48),
        WorkKind.FINANCIAL_HAND_OFF: _membership(
            "Membership ends unpaid: hand the care over", due_in_hours=72, closing=Closing.BY_PERSON
        ),
        WorkKind.HOLD_ENDS: _membership("A medical hold ends soon", due_in_hours=7 * 24),
        WorkKind.HARDSHIP_REQUEST: _hardship("A hardship rate is asked for", due_in_hours=72),
        WorkKind.HARDSHIP_REVIEW: _hardship("A hardship rate is to be looked at again", due_in_hours=14 * 24),
        WorkKind.LANE_PAUSED: _system("Texts are on hold", "Open system", due_in_hours=1),
        WorkKind.OUTBOX_PARKED: _system(
            "Background work gave up", "Open system", due_in_hours=4, closing=Closing.BY_PERSON
        ),
    }
)

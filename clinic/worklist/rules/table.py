"""Every kind of task with what a page shows of it and where its button leads."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.kernel.actor import Role
from clinic.worklist.rules.kinds import Closing, Kind
from clinic.worklist.rules.leading import (
    to_billing,
    to_course,
    to_forms,
    to_hardship,
    to_medication,
    to_membership,
    to_parcel,
    to_patient,
    to_system,
    to_transfer,
    to_visit,
)
from clinic.worklist.rules.names import WorkKind

KINDS: Mapping[WorkKind, Kind] = MappingProxyType(
    {
        WorkKind.DELIVERY_FAILED: to_patient("Text not delivered", "Open patient", due_in_hours=2),
        WorkKind.MESSAGE_UNKNOWN: to_patient("Text may not have arrived", "Open patient", due_in_hours=4),
        WorkKind.REPLY_UNCLEAR: Kind(
            title="Reply needs reading",
            owner_role=Role.COORDINATOR,
            due_in_hours=2,
            action="Read reply",
            endpoint="coordinator.conversation",
            argument="phone_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.MESSAGES_LINK_LOCKED: to_patient("Link to the messages locked", "Open patient", due_in_hours=4),
        WorkKind.CHECK_IN_OVERDUE: to_patient(
            "Check-in without an answer: call", "Open patient", due_in_hours=24, closing=Closing.ALSO_BY_ITSELF
        ),
        WorkKind.CHECK_IN_UNSENT: to_patient(
            "Check-in to go through by telephone", "Open patient", due_in_hours=8, closing=Closing.ALSO_BY_ITSELF
        ),
        WorkKind.CHECK_IN_LINK_LOCKED: to_patient("Link to the check-in locked", "Open patient", due_in_hours=4),
        WorkKind.DELIVERIES_LINK_LOCKED: to_patient("Link to the deliveries locked", "Open patient", due_in_hours=4),
        WorkKind.BILLING_LINK_LOCKED: to_patient("Link to the plan locked", "Open patient", due_in_hours=4),
        WorkKind.FORMS_LINK_LOCKED: to_forms("Link to the forms locked", due_in_hours=4),
        WorkKind.FORMS_UNSIGNED: to_forms("Forms not signed: call", due_in_hours=24, closing=Closing.ALSO_BY_ITSELF),
        WorkKind.FORM_WITHDRAWN: to_forms("A form was withdrawn: call", due_in_hours=8),
        WorkKind.CONSENT_WITHDRAWN: Kind(
            title="A patient withdrew a consent",
            owner_role=Role.PHYSICIAN,
            due_in_hours=24,
            action="Open the chart",
            endpoint="physician.chart",
            argument="patient_id",
            closing=Closing.BY_PERSON,
        ),
        WorkKind.DANGER_SUSPECTED: Kind(
            title="May be in danger: telephone now",
            owner_role=Role.COORDINATOR,
            due_in_hours=0,
            action="Read and call",
            endpoint="coordinator.conversation",
            argument="phone_id",
            closing=Closing.BY_PERSON,
        ),
        WorkKind.SUPPORT_PERSON_MISSING: to_visit("No support person yet", "Open visit", due_in_hours=4),
        WorkKind.NUMBER_TO_CHECK: to_patient(
            "Ask for another number", "Open patient", due_in_hours=4, closing=Closing.ALSO_BY_ITSELF
        ),
        WorkKind.STRAY_REPORT: to_system(
            "Report about a text that is not ours", "Open system", due_in_hours=24, closing=Closing.BY_PERSON
        ),
        WorkKind.READINESS_OPEN: to_visit("Session not ready yet", "Open visit", due_in_hours=24),
        WorkKind.READINESS_DECISION: Kind(
            title="Session not ready: decide",
            owner_role=Role.PHYSICIAN,
            due_in_hours=24,
            action="Open the gates",
            endpoint="physician.readiness",
            argument="appointment_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.MOVE_REQUESTED: to_visit("Wants another time", "Open visit", due_in_hours=4),
        WorkKind.OPTED_OUT_PATIENT: to_patient("Call instead of a text", "Open patient", due_in_hours=8),
        WorkKind.LINK_LOCKED: to_visit("Visit link locked", "Open visit", due_in_hours=4),
        WorkKind.UNCONFIRMED_VISIT: to_visit("Visit not confirmed", "Open visit", due_in_hours=4),
        WorkKind.MISSED_VISIT: to_visit("Missed visit", "Open visit", due_in_hours=24, closing=Closing.BY_PERSON),
        WorkKind.MISSED_OFTEN: to_patient("Missed often: call the patient", "Open patient", due_in_hours=72),
        WorkKind.MISSED_REVIEW: Kind(
            title="Missed visits at home: look before the next one",
            owner_role=Role.PHYSICIAN,
            due_in_hours=72,
            action="Open patient",
            endpoint="physician.patient",
            argument="patient_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.WAITLIST_CALL: Kind(
            title="Offer a free time by telephone",
            owner_role=Role.COORDINATOR,
            due_in_hours=1,
            action="Open the offer",
            endpoint="coordinator.waitlist_entry",
            argument="waiting_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.WAITLIST_LINK_LOCKED: to_patient("Link to an offered time locked", "Open patient", due_in_hours=1),
        WorkKind.LICENCE_GAP: to_visit("Physician not licensed there", "Open visit", due_in_hours=4),
        WorkKind.PATIENT_ELSEWHERE: to_visit("The patient is elsewhere at the visit", "Open visit", due_in_hours=2),
        WorkKind.VISIT_NOT_HANDED_OVER: to_visit("Visit for the new physician", "Open visit", due_in_hours=24),
        WorkKind.TRANSFER_WAITING: to_transfer("A hand-over waits for an answer", due_in_hours=48),
        WorkKind.TRANSFER_NEEDED: to_transfer("The patient moves: another physician", due_in_hours=48),
        WorkKind.HANDED_OVER_CALL: to_patient("Call: another physician now", "Open patient", due_in_hours=24),
        WorkKind.ORDER_OF_NEW_PHYSICIAN: to_medication(
            "A patient was handed over: your own order", "Open medication", due_in_hours=72, closing=Closing.BY_PERSON
        ),
        WorkKind.PATIENT_MOVES: to_medication(
            "The patient moves: before the next order", "Open medication", due_in_hours=72, closing=Closing.BY_PERSON
        ),
        WorkKind.LEAVING_HAND_OFF: Kind(
            title="The patient leaves our area: hand the care over",
            owner_role=Role.PHYSICIAN,
            due_in_hours=72,
            action="Open patient",
            endpoint="physician.patient",
            argument="patient_id",
            closing=Closing.BY_PERSON,
        ),
        WorkKind.LEAVING_CALL: to_patient("The patient leaves our area: call", "Open patient", due_in_hours=24),
        WorkKind.STRANDED_VISIT: to_visit("Visit outside the hours", "Open visit", due_in_hours=24),
        WorkKind.REPLACEMENT_OPEN: Kind(
            title="Physician is out: visits to place",
            owner_role=Role.COORDINATOR,
            due_in_hours=24,
            action="Open list",
            endpoint="coordinator.replacement",
            argument="replacement_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
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
        WorkKind.COURSE_BROKEN: to_course("Dates no longer fit", "Open dates", due_in_hours=24),
        WorkKind.NEXT_DATES_DUE: to_course("Next dates to book", "Plan dates", due_in_hours=72),
        WorkKind.REVIEW_DUE: to_course("Physician visit to book", "Plan dates", due_in_hours=48),
        WorkKind.RESTART_NEEDS_VISIT: to_course("Physician visit before the next one", "Plan dates", due_in_hours=48),
        WorkKind.AFTERCARE_DUE: to_course("Check to book", "Plan dates", due_in_hours=72),
        WorkKind.PLAN_PHYSICIAN_GONE: to_course("Physician has left", "Choose another", due_in_hours=24),
        WorkKind.OFFER_DECLINED: to_course("Offered dates do not suit", "Plan dates", due_in_hours=8),
        WorkKind.COURSE_LINK_LOCKED: to_course("Link to the dates locked", "Open dates", due_in_hours=4),
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
        WorkKind.CHECK_UNWATCHED: to_patient(
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
        WorkKind.PARCEL_EXCEPTION: to_parcel("A parcel needs a call", due_in_hours=4),
        WorkKind.PHARMACY_ASKS: Kind(
            title="A pharmacy waits for a call",
            owner_role=Role.COORDINATOR,
            due_in_hours=4,
            action="Open the shipment",
            endpoint="coordinator.fill",
            argument="fill_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.PARCEL_UNCONFIRMED: to_parcel("Ask whether the parcel is there", due_in_hours=24),
        WorkKind.DELIVERY_DISPUTED: to_parcel("Parcel reported as not received", due_in_hours=2),
        WorkKind.INTAKE_WAITING: Kind(
            title="An intake waits for your decision",
            owner_role=Role.PHYSICIAN,
            due_in_hours=48,
            action="Open the intake",
            endpoint="physician.intake",
            argument="patient_id",
            closing=Closing.ALSO_BY_ITSELF,
        ),
        WorkKind.INTAKE_CALL: to_patient("Call about an intake", "Open patient", due_in_hours=8),
        WorkKind.INTAKE_STUCK: to_patient(
            "An intake stands still", "Open patient", due_in_hours=24, closing=Closing.ALSO_BY_ITSELF
        ),
        WorkKind.INTAKE_LINK_LOCKED: to_patient("Link to the intake locked", "Open patient", due_in_hours=4),
        WorkKind.SESSION_EMERGENCY: to_visit(
            "Help asked for at a visit at home: call now", "Open visit", due_in_hours=0, closing=Closing.BY_PERSON
        ),
        WorkKind.SESSION_CHECK_LATE: to_visit("Nobody looked for a while: call", "Open visit", due_in_hours=1),
        WorkKind.SESSION_HELD: to_visit(
            "Visit at home waits: call the patient", "Open visit", due_in_hours=1, closing=Closing.BY_PERSON
        ),
        WorkKind.SESSION_STOPPED: Kind(
            title="No session today: look at the checklist",
            owner_role=Role.PHYSICIAN,
            due_in_hours=2,
            action="Open the chart",
            endpoint="physician.chart",
            argument="patient_id",
            closing=Closing.BY_PERSON,
        ),
        WorkKind.SUPPORT_PERSON_CALL: to_visit("Call the support person", "Open visit", due_in_hours=4),
        WorkKind.SUPPORT_LINK_LOCKED: to_patient("Link of a support person locked", "Open patient", due_in_hours=1),
        WorkKind.RECALL_CALL: to_patient(
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
        WorkKind.REFILL_DUE: to_medication("Decide about the next shipment", "Open medication", due_in_hours=24),
        WorkKind.ORDER_ENDING: to_medication("An order ends soon", "Open medication", due_in_hours=72),
        WorkKind.COUNT_REFUSED: to_medication(
            "An answer about units needs a look", "Open medication", due_in_hours=24, closing=Closing.BY_PERSON
        ),
        WorkKind.SUPPLY_LEFT: to_medication(
            "A plan is over, its units are not", "Open medication", due_in_hours=7 * 24
        ),
        WorkKind.PAYMENT_FAILED: to_billing("A payment did not go through", due_in_hours=24),
        WorkKind.PAYMENT_DISPUTED: to_billing(
            "A bank takes a payment back", due_in_hours=24, closing=Closing.BY_PERSON
        ),
        WorkKind.MISSED_PERIODS: to_billing("Months went by without an invoice", due_in_hours=24),
        WorkKind.PAYMENT_UNMATCHED: Kind(
            title="A payment that is not in our books",
            owner_role=Role.ADMIN,
            due_in_hours=24,
            action="Open revenue",
            endpoint="admin.revenue",
            argument=None,
            closing=Closing.BY_PERSON,
        ),
        WorkKind.MEMBERSHIP_APPROVAL: to_membership("A membership waits for your approval", due_in_hours=48),
        WorkKind.FINANCIAL_HAND_OFF: to_membership(
            "Membership ends unpaid: hand the care over", due_in_hours=72, closing=Closing.BY_PERSON
        ),
        WorkKind.HOLD_ENDS: to_membership("A medical hold ends soon", due_in_hours=7 * 24),
        WorkKind.HARDSHIP_REQUEST: to_hardship("A hardship rate is asked for", due_in_hours=72),
        WorkKind.HARDSHIP_REVIEW: to_hardship("A hardship rate is to be looked at again", due_in_hours=14 * 24),
        WorkKind.LANE_PAUSED: to_system("Texts are on hold", "Open system", due_in_hours=1),
        WorkKind.OUTBOX_PARKED: to_system(
            "Background work gave up", "Open system", due_in_hours=4, closing=Closing.BY_PERSON
        ),
    }
)

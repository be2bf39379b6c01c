"""Kinds of tasks as data: whose they are, by when, what the button does and how they leave the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from clinic.kernel.actor import Role


class WorkKind(StrEnum):
    """What sort of trouble waits for a person."""

    DELIVERY_FAILED = "delivery_failed"
    MESSAGE_UNKNOWN = "message_unknown"
    REPLY_UNCLEAR = "reply_unclear"
    MOVE_REQUESTED = "move_requested"
    OPTED_OUT_PATIENT = "opted_out_patient"
    LINK_LOCKED = "link_locked"
    UNCONFIRMED_VISIT = "unconfirmed_visit"
    MISSED_VISIT = "missed_visit"
    MISSED_OFTEN = "missed_often"
    LICENCE_GAP = "licence_gap"
    STRANDED_VISIT = "stranded_visit"
    HOLIDAYS_UNDECIDED = "holidays_undecided"
    LICENCE_ENDING = "licence_ending"
    LANE_PAUSED = "lane_paused"
    PROVIDER_AUDIT = "provider_audit"
    SENDING_STOPPED = "sending_stopped"
    OUTBOX_PARKED = "outbox_parked"
    GUESSING = "guessing"
    SIGN_IN_CHANGED = "sign_in_changed"
    COURSE_BROKEN = "course_broken"
    NEXT_DATES_DUE = "next_dates_due"
    REVIEW_DUE = "review_due"
    RESTART_NEEDS_VISIT = "restart_needs_visit"
    AFTERCARE_DUE = "aftercare_due"
    PLAN_PHYSICIAN_GONE = "plan_physician_gone"
    LEGAL_BASIS_ENDING = "legal_basis_ending"
    OFFER_DECLINED = "offer_declined"
    COURSE_LINK_LOCKED = "course_link_locked"
    DANGER_SUSPECTED = "danger_suspected"
    SUPPORT_PERSON_MISSING = "support_person_missing"
    NUMBER_TO_CHECK = "number_to_check"
    STRAY_REPORT = "stray_report"
    MESSAGES_LINK_LOCKED = "messages_link_locked"
    CALL_OUTCOME_MISSING = "call_outcome_missing"
    CHECK_IN_OVERDUE = "check_in_overdue"
    CHECK_IN_UNSENT = "check_in_unsent"
    CHECK_IN_LINK_LOCKED = "check_in_link_locked"
    DELIVERIES_LINK_LOCKED = "deliveries_link_locked"
    ON_CALL_GAP = "on_call_gap"
    FLAG_REVIEW = "flag_review"
    CHECK_UNWATCHED = "check_unwatched"
    EMERGENCY_ACCESS = "emergency_access"
    PARCEL_EXCEPTION = "parcel_exception"
    PARCEL_UNCONFIRMED = "parcel_unconfirmed"
    DELIVERY_DISPUTED = "delivery_disputed"
    RECALL_CALL = "recall_call"
    REFILL_DUE = "refill_due"
    ORDER_ENDING = "order_ending"
    ADDRESS_CHECK = "address_check"
    COUNT_REFUSED = "count_refused"
    PHARMACY_ASKS = "pharmacy_asks"
    SUPPLY_LEFT = "supply_left"


class Closing(StrEnum):
    """How a task leaves the list: by a person's tick, or also by itself once its reason is gone."""

    BY_PERSON = "by_person"
    ALSO_BY_ITSELF = "also_by_itself"


class Outcome(StrEnum):
    """How a task ended; `not_needed` makes it dismissed instead of done."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    SETTLED_ITSELF = "settled_itself"


class State(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a page shows of a task and where its button leads.

    `endpoint` is the name of the page that helps; it takes the task's `subject_id` as `argument`, or nothing.
    """

    title: str
    owner_role: Role
    due_in_hours: int
    action: str
    endpoint: str
    argument: str | None
    closing: Closing


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
        WorkKind.LANE_PAUSED: _system("Texts are on hold", "Open system", due_in_hours=1),
        WorkKind.OUTBOX_PARKED: _system(
            "Background work gave up", "Open system", due_in_hours=4, closing=Closing.BY_PERSON
        ),
    }
)


def due_at(kind: WorkKind, now: datetime) -> datetime:
    """Return when a task of this kind that opens now should be dealt with."""
    return now + timedelta(hours=KINDS[kind].due_in_hours)


def closed_state(outcome: str) -> State:
    """Return `dismissed` for a task that turned out not to be needed, else `done`."""
    return State.DISMISSED if outcome == Outcome.NOT_NEEDED else State.DONE

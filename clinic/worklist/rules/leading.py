"""Kinds of tasks by the page that their button leads to."""

from clinic.kernel.actor import Role
from clinic.worklist.rules.kinds import Closing, Kind


def to_visit(title: str, action: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    """Return a kind whose button leads to a visit."""
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="coordinator.visit",
        argument="appointment_id",
        closing=closing,
    )


def to_patient(title: str, action: str, *, due_in_hours: int, closing: Closing = Closing.BY_PERSON) -> Kind:
    """Return a kind whose button leads to a patient's page."""
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="coordinator.patient",
        argument="patient_id",
        closing=closing,
    )


def to_course(title: str, action: str, *, due_in_hours: int) -> Kind:
    """Return a kind whose button leads to the planning of a course."""
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="coordinator.course",
        argument="patient_id",
        closing=Closing.ALSO_BY_ITSELF,
    )


def to_transfer(title: str, *, due_in_hours: int) -> Kind:
    """Return a kind whose button leads to the hand-over of a patient to another physician."""
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action="Open the hand-over",
        endpoint="coordinator.transfer",
        argument="patient_id",
        closing=Closing.ALSO_BY_ITSELF,
    )


def to_parcel(title: str, *, due_in_hours: int) -> Kind:
    """Return a kind whose button leads to a parcel."""
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action="Open the parcel",
        endpoint="coordinator.parcel",
        argument="shipment_id",
        closing=Closing.ALSO_BY_ITSELF,
    )


def to_medication(title: str, action: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    """Return a kind whose button leads to a patient's medication."""
    return Kind(
        title=title,
        owner_role=Role.PHYSICIAN,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="physician.medication",
        argument="patient_id",
        closing=closing,
    )


def to_billing(title: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    """Return a kind whose button leads to a patient's billing."""
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action="Open billing",
        endpoint="coordinator.billing",
        argument="patient_id",
        closing=closing,
    )


def to_membership(title: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    """Return a kind whose button leads to a physician's page of a membership."""
    return Kind(
        title=title,
        owner_role=Role.PHYSICIAN,
        due_in_hours=due_in_hours,
        action="Open the membership",
        endpoint="physician.membership",
        argument="patient_id",
        closing=closing,
    )


def to_forms(title: str, *, due_in_hours: int, closing: Closing = Closing.BY_PERSON) -> Kind:
    """Return a kind whose button leads to a patient's forms."""
    return Kind(
        title=title,
        owner_role=Role.COORDINATOR,
        due_in_hours=due_in_hours,
        action="Open the forms",
        endpoint="coordinator.forms",
        argument="patient_id",
        closing=closing,
    )


def to_hardship(title: str, *, due_in_hours: int) -> Kind:
    """Return a kind whose button leads to the hardship rates."""
    return Kind(
        title=title,
        owner_role=Role.ADMIN,
        due_in_hours=due_in_hours,
        action="Open hardship rates",
        endpoint="admin.hardship",
        argument=None,
        closing=Closing.ALSO_BY_ITSELF,
    )


def to_system(title: str, action: str, *, due_in_hours: int, closing: Closing = Closing.ALSO_BY_ITSELF) -> Kind:
    """Return a kind whose button leads to the system page."""
    return Kind(
        title=title,
        owner_role=Role.ADMIN,
        due_in_hours=due_in_hours,
        action=action,
        endpoint="admin.system",
        argument=None,
        closing=closing,
    )

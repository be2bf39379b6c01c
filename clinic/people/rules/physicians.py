"""What makes a physician's details and licenses acceptable."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

from clinic.kernel.localtime import zone_of
from clinic.kernel.text import clean_line
from clinic.people.errors import (
    LicenceDatesOutOfOrder,
    NotACredential,
    NotAJoinAddress,
    NotALicenceNumber,
    UnknownState,
)
from clinic.people.rules.counties import STATES
from clinic.people.rules.names import person_name

_LONGEST_NUMBER = 40
_LONGEST_CREDENTIAL = 20
_LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhysician:
    """What somebody typed about a physician; `staff_id` is the account that signs in, if there is one."""

    full_name: str
    zone: str
    credential: str = "MD"
    join_url: str | None = None
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLicence:
    """A state's license; both days are inclusive, in the state's own calendar."""

    state: str
    number: str
    valid_from: date
    valid_until: date


def checked_physician(new: NewPhysician) -> NewPhysician:
    """Return the details cleaned, or raise NotAName, NotACredential, UnknownZone or NotAJoinAddress."""
    zone_of(new.zone)
    credential = clean_line(new.credential, field="credential")
    if not 1 <= len(credential) <= _LONGEST_CREDENTIAL:
        raise NotACredential("Enter the credential, like MD, DO or APRN.", field="credential")
    return replace(
        new,
        full_name=person_name(new.full_name, field="full_name"),
        credential=credential,
        join_url=_join_address(new.join_url) if new.join_url else None,
    )


def checked_licence(new: NewLicence) -> NewLicence:
    """Return the license cleaned, or raise UnknownState, NotALicenceNumber or LicenceDatesOutOfOrder."""
    if new.state not in STATES:
        raise UnknownState("The clinic serves Florida and New Jersey. Choose one of them.", field="state")
    number = clean_line(new.number, field="number").upper()
    if not 1 <= len(number) <= _LONGEST_NUMBER:
        raise NotALicenceNumber("Enter the license number as it stands on the license.", field="number")
    if new.valid_until < new.valid_from:
        raise LicenceDatesOutOfOrder("The last day is before the first day. Check both dates.", field="valid_until")
    return replace(new, number=number)


def _join_address(typed: str) -> str:
    address = clean_line(typed, field="join_url")
    parts = urlsplit(address)
    is_sound = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and " " not in address
    if not is_sound or len(address) > _LONGEST_ADDRESS:
        raise NotAJoinAddress("Enter the video address, beginning with https://.", field="join_url")
    return address

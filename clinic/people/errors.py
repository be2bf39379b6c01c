"""What the people domain refuses, named for what went wrong."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class PatientNotFound(NotFound):
    """No such patient, or not one whom the asking person may see: the answer is the same."""

    code = "patient_not_found"

    def __init__(self, message: str = "We have no such patient.") -> None:
        """Say the same sentence whether the patient is missing or somebody else's."""
        super().__init__(message)


class PhysicianNotFound(NotFound):
    """No such physician."""

    code = "physician_not_found"


class LicenceNotFound(NotFound):
    """No such license."""

    code = "licence_not_found"


class CareTeamMemberNotFound(NotFound):
    """No such place in a care team."""

    code = "care_team_member_not_found"


class CoverNotFound(NotFound):
    """No such cover, or one that was taken back."""

    code = "cover_not_found"


class CoverRefused(Invalid):
    """This colleague cannot look after these patients on these days."""

    code = "cover_refused"


class CoverNotAllowed(Forbidden):
    """Only the physician and administrators say who looks after the physician's patients."""

    code = "cover_not_allowed"


class NotAName(Invalid):
    """The text has characters that names are not written with, or is empty or too long."""

    code = "not_a_name"


class NotAnEmail(Invalid):
    """The text is not shaped like an e-mail address."""

    code = "not_an_email"


class NotAPostalCode(Invalid):
    """The text is not a ZIP code of the state."""

    code = "not_a_postal_code"


class NotAnAddress(Invalid):
    """The address line or city is empty or too long."""

    code = "not_an_address"


class UnknownCounty(Invalid):
    """The county code is not one of the states that the clinic serves."""

    code = "unknown_county"


class CountyOfAnotherState(Invalid):
    """The county lies in another state than the address."""

    code = "county_of_another_state"


class ZoneAgainstCounty(Invalid):
    """The time zone is none that the county has."""

    code = "zone_against_county"


class BornInTheFuture(Invalid):
    """The birth date has not come yet."""

    code = "born_in_the_future"


class BornTooLongAgo(Invalid):
    """The birth date is before 1900."""

    code = "born_too_long_ago"


class UnderAge(Invalid):
    """The person is not yet 18 where they live."""

    code = "under_age"


class UnknownLanguage(Invalid):
    """The clinic does not write in this language."""

    code = "unknown_language"


class UnknownWording(Invalid):
    """No consent wording has this version."""

    code = "unknown_wording"


class UnknownSource(Invalid):
    """Consent cannot be given this way."""

    code = "unknown_source"


class NotAJoinAddress(Invalid):
    """The video address is not an https address."""

    code = "not_a_join_address"


class NotACredential(Invalid):
    """The credential is empty or too long."""

    code = "not_a_credential"


class NotALicenceNumber(Invalid):
    """The license number is empty or too long."""

    code = "not_a_licence_number"


class UnknownState(Invalid):
    """The clinic does not serve this state."""

    code = "unknown_state"


class LicenceDatesOutOfOrder(Invalid):
    """The license would end before it begins."""

    code = "licence_dates_out_of_order"


class LicenceAlreadyThere(Conflict):
    """The physician already has a license with this state and number."""

    code = "licence_already_there"


class AccountAlreadyLinked(Conflict):
    """Another physician signs in with this account."""

    code = "account_already_linked"


class StaysOptedOut(Conflict):
    """The number itself replied STOP, so only a text from it can allow texts again."""

    code = "stays_opted_out"


class FileRefused(Invalid):
    """The file as a whole cannot be read as patients; `line` is where it goes wrong, if that is one place."""

    code = "file_refused"

    def __init__(self, message: str, *, line: int | None = None) -> None:
        """Say the line first, because that is where somebody has to look."""
        super().__init__(f"Line {line}: {message}" if line else message)
        self.line = line


class ImportNotFound(NotFound):
    """No such file was sent."""

    code = "import_not_found"


class ImportMovedOn(Conflict):
    """The file is not where this step would begin."""

    code = "import_moved_on"


class StatusNotPossible(Conflict):
    """The patient's present status does not lead to this one."""

    code = "status_not_possible"


class StatusReasonNeeded(Invalid):
    """A change of status says why, in a sentence."""

    code = "status_reason_needed"


class CorrectionNotAllowed(Forbidden):
    """Only an administrator takes back what should never have been written."""

    code = "correction_not_allowed"


class NotMergeable(Conflict):
    """These two records cannot become one as they stand."""

    code = "not_mergeable"


class DuplicatePatient(Conflict):
    """Somebody with the same phone or the same legal name and the same birth date is already a patient."""

    code: ClassVar[str] = "duplicate_patient"

    def __init__(self, matches: Mapping[UUID, Sequence[str]]) -> None:
        """Keep who it could be and what agrees (`phone`, `legal_name`), best match first."""
        super().__init__("This person may already be a patient. Look at the record before you add another.")
        self.matches = dict(matches)

    @property
    def existing_ids(self) -> tuple[UUID, ...]:
        """Return everybody who may be the same person, best match first."""
        return tuple(self.matches)

    @property
    def existing_id(self) -> UUID:
        """Return the best match."""
        return self.existing_ids[0]


class ContactRefused(Invalid):
    """The call or note lacks something, is too long, or lies in the future."""

    code = "contact_refused"


class ContactNotFound(NotFound):
    """The patient's log has no such entry."""

    code = "contact_not_found"


class CorrectedAlready(Conflict):
    """Somebody has corrected the entry, so that only the correction can be corrected."""

    code = "corrected_already"


class UnknownRecord(Invalid):
    """No record has this number."""

    code = "unknown_record"


class AlreadySees(Conflict):
    """The physician may open this record without an emergency; `patient_id` says whose it is."""

    code = "already_sees"

    def __init__(self, message: str, *, patient_id: UUID) -> None:
        """Keep whose record it is, for a link to it."""
        super().__init__(message, field="record_number")
        self.patient_id = patient_id


class EmergencyReasonRefused(Invalid):
    """Opening or reviewing an emergency access needs words that others understand later."""

    code = "emergency_reason_refused"


class EmergencyNotAllowed(Forbidden):
    """Only physicians open a record in an emergency, and only somebody else reviews it."""

    code = "emergency_not_allowed"


class UnknownEmergencyAccess(NotFound):
    """There is no such emergency access, or not for the one who asks."""

    code = "unknown_emergency_access"


class EmergencyAccessOpen(Conflict):
    """The access goes on, so nobody can say yet what was done with it."""

    code = "emergency_access_open"


class ReviewedAlready(Conflict):
    """Somebody has reviewed this access."""

    code = "reviewed_already"

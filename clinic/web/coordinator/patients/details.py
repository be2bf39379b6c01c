"""The form of a patient's details, as typed when adding and when editing."""

from typing import Annotated, ClassVar
from uuid import UUID

from clinic.kernel.phone import to_e164
from clinic.people import rules
from clinic.people.errors import UnknownSource
from clinic.web.coordinator.patients.wording import LANGUAGES, ZONES, county_groups
from clinic.web.frame.forms import DateParts, FormModel, Line, Many, Tick, WholeNumber, refusing
from clinic.web.frame.requests import now, runtime

Name = Annotated[Line, refusing(rules.person_name)]
Phone = Annotated[Line, refusing(to_e164)]
Email = Annotated[Line, refusing(rules.email_address)]
Street = Annotated[Line, refusing(rules.street_line)]
City = Annotated[Line, refusing(rules.city_name)]


class DetailsForm(FormModel):
    """What both pages ask; boxes are checked one by one here and against each other in the domain."""

    words: ClassVar[dict[str, str]] = {
        "legal_first_name": "Enter the legal first name as it stands on the photo ID.",
        "legal_last_name": "Enter the legal last name as it stands on the photo ID.",
        "birth_date.missing": "Enter the date of birth.",
        "phone": "Enter a 10-digit US mobile number, like 305 555 0123.",
        "address_line": "Enter the street and number.",
        "city": "Enter the city.",
        "state": "Choose the state.",
        "postal_code": "Enter a ZIP code of 5 digits, like 33101.",
        "county_fips": "Choose the county.",
        "language": "Choose English or Spanish.",
    }

    legal_first_name: Name
    legal_last_name: Name
    preferred_name: Name | None = None
    birth_date: DateParts
    phone: Phone
    email: Email | None = None
    address_line: Street
    city: City
    state: Line
    postal_code: Line
    county_fips: Line
    zone: Line | None = None
    language: rules.Language
    not_duplicate_of: Many[UUID]

    def details(self) -> rules.NewPatient:
        """Return the typed details for the domain."""
        typed = {name: getattr(self, name) for name in rules.NewPatient.__dataclass_fields__}
        return rules.NewPatient(**typed)


class AddForm(DetailsForm):
    """A new patient, with consent to texts if it was given; `key` makes a second press harmless."""

    key: UUID
    consent: Tick
    consent_source: rules.ConsentSource | None = None
    wording_en: Line
    wording_es: Line

    def consent_given(self) -> rules.ConsentGiven | None:
        """Return the consent with the wording that stood on the page in the patient's language."""
        if not self.consent:
            return None
        if self.consent_source is None:
            raise UnknownSource("Choose how the patient said yes.", field="consent_source")
        version = self.wording_es if self.language is rules.Language.SPANISH else self.wording_en
        return rules.ConsentGiven(source=self.consent_source, wording_version=version)


class EditForm(DetailsForm):
    """Changed details of a patient as they were read; `version` tells a colleague's edit in between."""

    version: WholeNumber


def choices() -> dict[str, object]:
    """Return what the form's page needs besides the form."""
    clinic = runtime().clinic.name
    wordings = [rules.current_wording(code) for code, _ in LANGUAGES]
    return {
        "counties": county_groups(now()),
        "states": list(rules.STATES.items()),
        "zones": ZONES,
        "languages": LANGUAGES,
        "wordings": [(each.language, each.version, each.for_clinic(clinic)) for each in wordings],
        "consent_sources": CONSENT_CHOICES,
    }


CONSENT_CHOICES = [
    (rules.ConsentSource.PHONE_CALL.value, "On the phone", "I read the words above to the patient."),
    (rules.ConsentSource.IN_PERSON.value, "In person", "The patient read the words above."),
    (rules.ConsentSource.WEB_FORM.value, "On a web form", "The patient ticked the box under these words."),
]

"""Who may dispense and prescribe in the small town: a pharmacy with a license, and Dr. Okafor's registration."""

from sqlalchemy.orm import Session

from clinic.medication.queries.pharmacies import licenses_of
from tests.browser.town import Town
from tests.domains.medication.medication_makers import a_pharmacy, a_registration


def add_pharmacies(town: Town) -> None:
    """Add the pharmacy and the registration, whose pages are walked like any other."""
    with town.begin(by=town.dana) as session:
        _add(town, session)


def _add(town: Town, session: Session) -> None:
    made = a_pharmacy(session, now=town.now)
    town.others["pharmacy_id"] = made.id
    town.others["pharmacy_licence_id"] = licenses_of(session, made.id)[0].id
    town.others["registration_id"] = a_registration(session, town.physicians["okafor"], now=town.now).id

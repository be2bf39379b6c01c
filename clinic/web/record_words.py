"""How the codes of a patient's record read: its fields, and what became of the consent to texts."""

from clinic.people.rules import ConsentChange, ConsentSource

SOURCES = {
    ConsentSource.NOT_ASKED: "not asked yet",
    ConsentSource.IN_PERSON: "in person",
    ConsentSource.PHONE_CALL: "on the phone",
    ConsentSource.WEB_FORM: "on a web form",
    ConsentSource.TEXT_REPLY: "by text",
    ConsentSource.PROVIDER: "told by the carrier",
}
CHANGES = {
    ConsentChange.CONSENTED: "Agreed to texts",
    ConsentChange.OPTED_OUT: "Asked for no texts",
    ConsentChange.OPTED_IN: "Allowed texts again",
}
FIELDS = {
    "legal_first_name": "Legal first name",
    "legal_last_name": "Legal last name",
    "preferred_name": "Preferred name",
    "birth_date": "Date of birth",
    "phone": "Mobile phone",
    "email": "E-mail",
    "address_line": "Street and number",
    "city": "City",
    "state": "State",
    "postal_code": "ZIP code",
    "county_fips": "County",
    "zone": "Time zone",
    "language": "Language",
}

"""What patients read about parcels, and how refusals read to them; what is inside has no name here."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from clinic.kernel.errors import Conflict, DomainError, Invalid
from clinic.medication.rules.parcels import ShipmentState

_S = ShipmentState
_SIGN = _l("An adult has to sign for it.")
_CALL = _l("It does not come to you. Please call us.")

STATES: Mapping[ShipmentState, tuple[LazyString, LazyString | None]] = {
    _S.LABEL_CREATED: (_l("Ready to leave"), _SIGN),
    _S.IN_TRANSIT: (_l("On its way"), _SIGN),
    _S.OUT_FOR_DELIVERY: (_l("Out for delivery"), _SIGN),
    _S.PICKUP_READY: (_l("Ready to be picked up"), _l("An adult has to pick it up and sign for it.")),
    _S.DELIVERY_ATTEMPTED: (
        _l("Could not be delivered"),
        _l("An adult has to sign. Ask the carrier for another day, or call us."),
    ),
    _S.EXCEPTION: (_l("Held up on its way"), _l("Call us if it does not come soon.")),
    _S.DELIVERED: (_l("Delivered"), _l("Check it, lock it away, then confirm it here.")),
    _S.DELIVERED_UNSIGNED: (_l("Delivered"), _l("Check it, lock it away, then confirm it here.")),
    _S.CONFIRMED: (_l("You have it"), None),
    _S.DISPUTED: (_l("Reported as not received"), _l("If it comes after all, confirm it here.")),
    _S.LOST: (_l("Lost on its way"), _l("If it comes after all, confirm it here.")),
    _S.RETURNING: (_l("On its way back"), _CALL),
    _S.RETURNED_TO_PHARMACY: (_l("Went back"), _CALL),
    _S.CANCELED: (_l("Did not leave"), _CALL),
}
"""For each state of a parcel what it is called, and what the patient does."""

KINDS: Mapping[str, LazyString] = {
    "lost": _l("I cannot find it"),
    "stolen": _l("It was stolen"),
    "damaged": _l("It is broken or spoiled"),
    "found": _l("I found again what I had reported"),
}
"""What patients report about what is at home, by the kind of the report."""

PLACE: Mapping[str, LazyString] = {
    "address_line": _l("Enter the street and number."),
    "city": _l("Enter the city."),
    "state": _l("We send to Florida and New Jersey only. If you moved elsewhere, please call us."),
    "postal_code": _l("Enter a ZIP code of 5 digits in your state."),
    "county_fips": _l("Choose a county in your state."),
}
"""What a patient reads at each box of an address that cannot be."""

WAYS: Mapping[str, LazyString] = {
    "take_back_site": _l("I took it to a collection site"),
    "destroyed_at_home": _l("I mixed it and threw it away at home"),
}
"""What patients did with what is left, by the method of the disposal."""

_REFUSED: Mapping[tuple[str, str | None], LazyString] = {
    ("lot_unknown", "lot_number"): _l(
        "We do not know this number. Read it from the label again. If it says the same, use nothing of it and call us."
    ),
    ("units_refused", "is_locked_away"): _l("Lock it away first, where nobody else can reach it. Then confirm."),
    ("units_refused", "counted"): _l("This is more than there should be. Count again; if it is right, call us."),
    ("units_refused", "units"): _l("This is more than you have of it, as far as we know. Count again, or call us."),
    ("units_refused", "witness"): _l("Enter the name of the adult who watched."),
    ("claim_refused", "lot_number"): _l("We need the number from the label for this. Enter it, and count again."),
    ("claim_refused", "about"): _l("This is too long. Write it shorter, or call us."),
    ("not_an_address", "address_line"): PLACE["address_line"],
    ("not_an_address", "city"): PLACE["city"],
    ("unknown_state", "state"): PLACE["state"],
    ("not_a_postal_code", "postal_code"): PLACE["postal_code"],
    ("unknown_county", "county_fips"): PLACE["county_fips"],
    ("county_of_another_state", "county_fips"): PLACE["county_fips"],
    ("wrong_state", None): _l("This has changed in the meantime. Go back and look at it again, or call us."),
}
_OTHERWISE = _l("We could not do that. Please call us.")
_BOXES = {"words": "about"}


def refused(refusal: DomainError) -> DomainError:
    """Return a refusal in the patient's words, at the box of the page that it is about."""
    field = _BOXES.get(refusal.field or "", refusal.field)
    known = (refusal.code, field) in _REFUSED
    said = str(_REFUSED.get((refusal.code, field), _OTHERWISE))
    kind = Conflict if isinstance(refusal, Conflict) else Invalid
    return kind(said, field=field if known else None)

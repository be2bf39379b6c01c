"""Telephone numbers of the United States in E.164."""

import phonenumbers

from clinic.kernel.errors import Invalid


class NotATextablePhone(Invalid):
    """The number is not one that can receive texts in the United States."""

    code = "not_a_textable_phone"


_NO_TEXTS = {
    phonenumbers.PhoneNumberType.TOLL_FREE: "That is a toll-free number, which cannot get texts.",
    phonenumbers.PhoneNumberType.PREMIUM_RATE: "That is a paid-service number, which cannot get texts.",
}
_NO_TEXTS_BY_AREA = dict.fromkeys(
    ("800", "833", "844", "855", "866", "877", "888"), "That is a toll-free number, which cannot get texts."
) | {"900": "That is a paid-service number, which cannot get texts."}
_NATIONAL_DIGITS = 10
_INVENTED_EXCHANGE = ("555", "01")  # NPA-555-01xx is reserved for fiction


def to_e164(typed: str, *, field: str | None = "phone") -> str:
    """Return `+1NXXNXXXXXX` for a US number typed in any usual way, or raise NotATextablePhone.

    Numbers reserved for fiction (555-0100 to 555-0199) are accepted so that a demo clinic can be used.
    """
    try:
        number = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException as error:
        raise NotATextablePhone("Enter a 10-digit US mobile number, like 305 555 0123.", field=field) from error
    national = str(number.national_number)
    if number.country_code != 1 or number.extension or len(national) != _NATIONAL_DIGITS or national[0] in "01":
        raise NotATextablePhone("Enter a 10-digit US mobile number, like 305 555 0123.", field=field)
    refusal = _NO_TEXTS.get(phonenumbers.number_type(number)) or _NO_TEXTS_BY_AREA.get(national[:3])
    if refusal:
        raise NotATextablePhone(f"{refusal} Ask for a mobile number.", field=field)
    is_invented = (national[3:6], national[6:8]) == _INVENTED_EXCHANGE
    if not is_invented and not phonenumbers.is_valid_number_for_region(number, "US"):
        raise NotATextablePhone("No US phone has that number. Check the digits.", field=field)
    return f"+1{national}"


def for_reading(e164: str) -> str:
    """Return `(305) 555-0123` for `+13055550123`."""
    digits = e164.removeprefix("+1")
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"

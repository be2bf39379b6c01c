"""The kinds of policies: whole numbers within limits, and addresses."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from clinic.policies.errors import PolicyRefused

_LONGEST_ADDRESS = 300

HOUR_OF_DAY = "hour of 24, clinic time"
DAYS_OF_WEEK = "days from Monday"
"""Units that pages say in other words: 6 PM, Monday to Friday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeNumberPolicy:
    """A policy whose value is a whole number of `unit`, from `least` to `most`; a clinical one is a physician's."""

    title: str
    meaning: str
    unit: str
    least: int
    most: int
    default: int
    source: str
    is_clinical: bool = False

    def checked(self, value: object) -> int:
        """Return the value, or raise PolicyRefused."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise PolicyRefused(f"Enter a whole number from {self.least} to {self.most}.", field="value")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """A policy whose value is an https address with `{room}` in it, or empty."""

    title: str
    meaning: str
    default: str
    source: str
    unit: str = ""
    is_clinical: bool = False

    def checked(self, value: object) -> str:
        """Return the address without spaces around it, or raise PolicyRefused."""
        if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS:
            raise PolicyRefused(f"Enter an address of at most {_LONGEST_ADDRESS} characters.", field="value")
        address = value.strip()
        if not address:
            return ""
        parts = urlsplit(address.replace("{room}", "room"))
        if parts.scheme != "https" or not parts.hostname or "{" in parts.geturl() or "{room}" not in address:
            raise PolicyRefused("Enter an https address with {room} where the room's own name goes.", field="value")
        if any(symbol.isspace() or not symbol.isprintable() for symbol in address) or parts.username:
            raise PolicyRefused("Leave out spaces and sign-in names from the address.", field="value")
        return address


Policy = WholeNumberPolicy | AddressPolicy

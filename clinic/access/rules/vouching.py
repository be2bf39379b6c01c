"""Changes of how somebody signs in that their owner should hear of, and the words for them."""

from enum import StrEnum
from uuid import UUID

from clinic.kernel.actor import Actor


class SignInChange(StrEnum):
    """What was changed."""

    PASSWORD = "password"  # noqa: S105 - a kind of change, not a secret
    RESET = "reset"
    PHONE = "phone"
    CODES = "codes"


_SAID = {
    SignInChange.PASSWORD: "The password of {owner} was changed",
    SignInChange.RESET: "A reset link gave the account of {owner} a new password",
    SignInChange.PHONE: "The authenticator app of {owner} was taken off",
    SignInChange.CODES: "The recovery codes of {owner} were replaced",
}


def vouching_key(account_id: UUID, change: SignInChange) -> str:
    """Return the name of the question about one kind of change of an account."""
    return f"sign_in_changed:{account_id}:{change}"


def change_words(change: SignInChange, owner: str, *, by: Actor) -> str:
    """Return what was changed, by whom if by a colleague, and from which address."""
    said = _SAID[change].format(owner=owner)
    colleague = f" by {by.name}" if by.name not in {owner, ""} else ""
    source = f" from {by.ip}" if by.ip else ""
    return f"{said}{colleague}{source}."

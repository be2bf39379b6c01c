"""What each refusal of a mail server means for the clinic, in a sentence that a coordinator reads."""

_NO_SUCH_MAILBOX = "There is no such mailbox. Call the patient and ask for another e-mail address."
_FULL = "The mailbox is full or closed. Call the patient and ask for another e-mail address."
_REFUSED = "The mail server did not take this e-mail. Call the patient, and tell your administrator."
_ACCOUNT = (
    "E-mail is stopped until the account at the mail server is put right. Check CLINIC_SMTP_URL, then start it again."
)

_ADVICE = {
    550: _NO_SUCH_MAILBOX,
    551: _NO_SUCH_MAILBOX,
    552: _FULL,
    553: _NO_SUCH_MAILBOX,
}


def mail_advice(code: int | None) -> str:
    """Return what to do about a mail that was refused for good."""
    return _ADVICE.get(code or 0, _REFUSED)


def account_advice() -> str:
    """Return what to do when the mail server does not let us in."""
    return _ACCOUNT

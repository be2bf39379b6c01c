"""Refusals about accounts, sign-in, sessions and links."""

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class Busy(Exception):
    """Too many passwords are being checked at this moment; the same request works `retry_after` seconds later."""

    def __init__(self, retry_after: int) -> None:
        """Keep how long to wait."""
        super().__init__(f"try again in {retry_after} s")
        self.retry_after = retry_after


class NoSuchAccount(NotFound):
    """There is no staff account of that id."""

    code = "no_such_account"


class TokenNoLongerValid(NotFound):
    """An invitation or reset link is unknown, used, replaced or too old; which one is not said."""

    code = "token_no_longer_valid"


class NoSuchLink(NotFound):
    """There is no link of that id."""

    code = "no_such_link"


class NotAnAdmin(Forbidden):
    """Only an administrator changes accounts."""

    code = "not_an_admin"


class OwnAccount(Forbidden):
    """Nobody changes their own rights."""

    code = "own_account"


class SessionEnded(Forbidden):
    """The session ended while the form was on its way."""

    code = "session_ended"


class EmailTaken(Conflict):
    """Another account has this address."""

    code = "email_taken"


class LastAdmin(Conflict):
    """Without this account nobody could administer the clinic."""

    code = "last_admin"


class NotPossibleNow(Conflict):
    """The account is not in a state in which this can be done."""

    code = "not_possible_now"


class AlreadySetUp(Conflict):
    """The account has a second factor."""

    code = "already_set_up"


class WeakPassword(Invalid):
    """The password is too short, too long or easy to guess."""

    code = "weak_password"


class BadEmail(Invalid):
    """The text is not an e-mail address that can be used here."""

    code = "bad_email"


class NoRole(Invalid):
    """An account needs at least one role."""

    code = "no_role"

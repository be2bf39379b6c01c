"""Forms of signing in, and the sentences for attempts that were wrong or too many."""

from http import HTTPStatus
from math import ceil
from typing import Annotated, ClassVar

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from clinic.access.actions import Attempt, Entered, TooManyGuesses
from clinic.kernel.errors import Invalid
from clinic.web.frame.forms import FormModel, Line, Secret
from clinic.web.frame.requests import now

_A_MINUTE = 60
_LONG_PATH = 1000

Onward = Annotated[str, StringConstraints(max_length=_LONG_PATH)]


class Arrival(FormModel):
    """Where to go on after signing in."""

    next: Onward | None = None


class SignIn(FormModel):
    """Address and password."""

    email: Line
    password: Secret
    next: Onward | None = None

    words: ClassVar[dict[str, str]] = {
        "email": "Enter your work e-mail address.",
        "password": "Enter your password.",
    }


class Code(FormModel):
    """A code of the authenticator app, or a recovery code."""

    code: Secret
    next: Onward | None = None

    words: ClassVar[dict[str, str]] = {"code": "Enter the code."}


class PasswordAgain(FormModel):
    """The password once more, where there is no second factor to ask for."""

    password: Secret
    next: Onward | None = None

    words: ClassVar[dict[str, str]] = {"password": "Enter your password."}


class NewPassword(FormModel):
    """A password typed twice."""

    password: Secret
    again: Secret

    words: ClassVar[dict[str, str]] = {"password": "Enter a new password.", "again": "Type the new password once more."}

    def require_same(self) -> str:
        """Return the password, or raise Invalid where the two differ."""
        if self.password != self.again:
            raise Invalid("The two passwords differ. Type the same one twice.", field="again")
        return self.password


def not_entered(
    template: str, form: FormModel, attempt: Attempt, *, wrong: str, field: str | None = None, **context: object
) -> ResponseReturnValue:
    """Show the form again after an attempt that was wrong (422) or not heard (429 with Retry-After)."""
    assert not isinstance(attempt, Entered)
    if not isinstance(attempt, TooManyGuesses):
        errors = form.refused(Invalid(wrong, field=field))
        return render_template(template, form=errors, **context), errors.status
    seconds = max(1, ceil((attempt.free_at - now()).total_seconds()))
    errors = form.refused(Invalid(f"That was tried too often. Try again in {_wait_words(seconds)}."))
    answer = make_response(render_template(template, form=errors, **context), HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _wait_words(seconds: int) -> str:
    if seconds < _A_MINUTE:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = ceil(seconds / _A_MINUTE)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"

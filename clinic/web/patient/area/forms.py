"""Forms at the door of the area: a number and a birth date, and the six digits."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import StringConstraints

from clinic.access.rules.entering import Asked
from clinic.kernel.errors import Invalid
from clinic.kernel.phone import NotATextablePhone, to_e164
from clinic.web.frame.fields import refusing
from clinic.web.frame.forms import DateParts, FormModel, Secret


def _number(typed: str) -> str:
    """Return the number in E.164; what is said of a wrong one tells nothing about who is a patient."""
    try:
        return to_e164(typed)
    except NotATextablePhone as error:
        raise Invalid(_("Enter a mobile number of 10 digits.")) from error


Number = Annotated[str, StringConstraints(max_length=40), refusing(_number)]


class AskForm(FormModel):
    """Who wants to be let in."""

    phone: Number
    born: DateParts

    words: ClassVar[Mapping[str, Any]] = {
        "phone": _l("Enter a mobile number of 10 digits."),
        "born": _l("Enter your birth date, for example 3 12 1984."),
    }

    def asked(self) -> Asked:
        """Return it as the domain takes it."""
        return Asked(e164=self.phone, birth_date=self.born)


class CodeForm(FormModel):
    """What the text said."""

    code: Secret

    words: ClassVar[Mapping[str, Any]] = {"code": _l("Type the 6 digits from our text.")}

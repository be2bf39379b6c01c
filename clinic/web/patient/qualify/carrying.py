"""What travels in the form from page to page: sealed, so that it is neither read nor changed on its way."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from clinic.intake.errors import StaleAnswers
from clinic.intake.rules.questions import Answers
from clinic.kernel.crypto import UnreadableSecret, seal, unseal
from clinic.kernel.ids import new_id
from clinic.kernel.sealed import current_ring
from clinic.web.frame.forms import FormModel

_PLACE = "qualify|carried|public"
_LASTS = timedelta(hours=12)
_LONGEST = 12_000
Sealed = Annotated[str, StringConstraints(max_length=_LONGEST)]


class CarriedForm(FormModel):
    """A form of these pages: the answers given before."""

    carried: Sealed = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Everything that somebody typed so far; `key` is one visitor's way through the pages."""

    key: UUID = field(default_factory=new_id)
    begun_at: datetime
    answers: dict[str, Answers] = field(default_factory=dict)
    county_fips: str | None = None
    zone: str | None = None
    contact: dict[str, Any] | None = None

    def with_answers(self, section: str, given: Answers) -> "Carried":
        """Return it with the answers of one section."""
        return replace(self, answers={**self.answers, section: given})

    @property
    def state(self) -> str:
        """Return the state that was chosen, empty before."""
        return str(self.answers.get("you", {}).get("state", ""))


def sealed(carried: Carried) -> str:
    """Return it as the hidden box of a form holds it."""
    plain = json.dumps({**asdict(carried), "key": str(carried.key), "begun_at": carried.begun_at.isoformat()})
    return urlsafe_b64encode(seal(current_ring(), plain, place=_PLACE)).decode()


def opened(text: str, *, now: datetime) -> Carried:
    """Return what a hidden box holds, new where it is empty; raises StaleAnswers for anything else and for old ones."""
    if not text:
        return Carried(begun_at=now)
    try:
        read = json.loads(unseal(current_ring(), urlsafe_b64decode(text.encode()), place=_PLACE))
    except (UnreadableSecret, NotBase64, ValueError, IndexError) as error:
        raise StaleAnswers("These answers cannot be read any more. Please begin again.") from error
    begun_at = datetime.fromisoformat(read["begun_at"])
    if not begun_at <= now < begun_at + _LASTS:
        raise StaleAnswers("These answers are too old. Please begin again.")
    answers = {section: _tuples(given) for section, given in read["answers"].items()}
    return Carried(**{**read, "key": UUID(read["key"]), "begun_at": begun_at, "answers": answers})


def _tuples(given: dict[str, Any]) -> Answers:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}

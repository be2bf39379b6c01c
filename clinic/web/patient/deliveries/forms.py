"""The boxes of the pages about deliveries."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from pydantic import Field

from clinic.web.frame.forms import FormModel, Line, Note, Tick, WholeNumber

_MOST = 999
_COUNT = _l("Count them and enter the number in digits.")
_AWAY = _l("Enter how many you put away, in digits.")
_LEFT = _l("Enter how many are left, in digits. If nothing is left, enter 0.")
_YES_OR_NO = _l("Choose yes or no.")

Count = Annotated[WholeNumber, Field(ge=0, le=_MOST)]
Some = Annotated[WholeNumber, Field(ge=1, le=_MOST)]


class YesNo(StrEnum):
    """An answer that is never chosen beforehand."""

    YES = "yes"
    NO = "no"


class Kind(StrEnum):
    """What patients report about what is at home."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    FOUND = "found"


class Way(StrEnum):
    """How patients put away for good what is left."""

    TAKE_BACK_SITE = "take_back_site"
    DESTROYED_AT_HOME = "destroyed_at_home"


class ReceiptForm(FormModel):
    """What was found in a parcel."""

    lot_number: Line
    counted: Count
    is_seal_intact: YesNo
    is_locked_away: Tick

    words: ClassVar[Mapping[str, Any]] = {
        "lot_number": _l("Enter the number from the label."),
        "counted": _COUNT,
        "counted.range": _COUNT,
        "is_seal_intact": _YES_OR_NO,
    }


class MissingForm(FormModel):
    """That a parcel did not come, in the patient's own words."""

    about: Note | None = None


class CountForm(FormModel):
    """How many are at home."""

    counted: Count

    words: ClassVar[Mapping[str, Any]] = {"counted": _COUNT, "counted.range": _COUNT}


class ProblemForm(FormModel):
    """What became of something at home; `after` is the report that was the newest one when the page was shown."""

    kind: Kind
    units: Some
    lot_number: Line | None = None
    about: Note | None = None
    after: UUID | None = None

    words: ClassVar[Mapping[str, Any]] = {
        "kind": _l("Choose what happened."),
        "units": _COUNT,
        "units.range": _COUNT,
    }


class PutAwayForm(FormModel):
    """What is gone for good and what is left; `after` is the newest such word when the page was shown."""

    lot_id: UUID
    units: Some
    method: Way
    witness: Line | None = None
    counted: Count
    after: UUID | None = None

    words: ClassVar[Mapping[str, Any]] = {
        "lot_id": _l("Choose the number on the label."),
        "units": _AWAY,
        "units.range": _AWAY,
        "method": _l("Choose what you did."),
        "counted": _LEFT,
        "counted.range": _LEFT,
    }


class NextForm(FormModel):
    """Whether the next delivery finds its way to the patient."""

    is_address_right: YesNo
    is_adult_available: YesNo

    words: ClassVar[Mapping[str, Any]] = {"is_address_right": _YES_OR_NO, "is_adult_available": _YES_OR_NO}

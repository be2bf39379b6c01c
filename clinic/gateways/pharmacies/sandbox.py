"""A pretend pharmacy: what it says follows from the fill's reference, when it came, and the clinic's clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.gateways.pharmacies import FillOrder, PackedLot, PharmacyStep, StepWord, Submitted

_ZONE = ZoneInfo("America/New_York")
_BEYOND_USE, _FAR_BEYOND_USE = timedelta(days=180), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class _Script:
    """The steps and the hours after which each is taken, how many lots there are, and how long they keep."""

    steps: tuple[tuple[float, StepWord], ...]
    lots: int = 1
    keeps_for: timedelta = _BEYOND_USE
    reason: str = ""


_ORDINARY_STEPS = (
    (0.5, StepWord.ACCEPTED),
    (4.0, StepWord.COMPOUNDING),
    (22.0, StepWord.VERIFIED),
    (26.0, StepWord.PACKED),
)
_ORDINARY = _Script(_ORDINARY_STEPS)
_BY_ENDING: Mapping[str, _Script] = {
    "a5ca": _Script(
        ((0.5, StepWord.CLARIFICATION), *((hours + 5.0, word) for hours, word in _ORDINARY_STEPS)),
        reason="The pharmacy asks the prescriber to confirm the days' supply.",
    ),
    "dead": _Script(
        ((0.5, StepWord.REJECTED),),
        reason="The pharmacy cannot fill this order; ask it why by telephone.",
    ),
    "2107": _Script(_ORDINARY_STEPS, lots=2),
    "0bad": _Script(_ORDINARY_STEPS, keeps_for=_FAR_BEYOND_USE),
    "0510": _Script(_ORDINARY_STEPS[:1]),
}
"""By the last four characters of the reference; every other fill is packed after a little more than a day."""


class SandboxPharmacy:
    """Fills everything by script; a week's fills of one form share a lot, as a compounded batch does."""

    channel = "sandbox"

    def submit(self, order: FillOrder) -> Submitted:  # noqa: ARG002 - the port's own name
        """Take a fill."""
        return Submitted(is_by_hand=False)

    def status(self, order: FillOrder, *, now: datetime) -> tuple[PharmacyStep, ...]:
        """Return what has happened up to `now`."""
        return tuple(step for step in _steps(order) if step.at <= now)


def _steps(order: FillOrder) -> Iterator[PharmacyStep]:
    script = _BY_ENDING.get(order.reference.hex[-4:], _ORDINARY)
    for after_hours, word in script.steps:
        at = order.submitted_at + timedelta(hours=after_hours)
        is_asking = word in {StepWord.CLARIFICATION, StepWord.REJECTED}
        lots = tuple(_lots(order, script)) if word is StepWord.VERIFIED else ()
        yield PharmacyStep(f"{order.reference}/{word}", at, word, lots, script.reason if is_asking else "")


def _lots(order: FillOrder, script: _Script) -> Iterator[PackedLot]:
    """Divide the units among the lots, all of them whole; a lot without a unit is left out."""
    monday = _monday_of(order.submitted_at)
    for place in range(script.lots):
        units = (order.units + script.lots - 1 - place) // script.lots
        made_on = monday - timedelta(weeks=place)
        number = f"{made_on:%m%d%Y}@{_code(order.form)}{'' if script.keeps_for == _BEYOND_USE else 'X'}"
        if units:
            yield PackedLot(number, made_on, made_on + script.keeps_for, units)


def _monday_of(instant: datetime) -> date:
    day = instant.astimezone(_ZONE).date()
    return day - timedelta(days=day.weekday())


def _code(form: str) -> int:
    """Return a small number that stands for a form."""
    return sum(form.encode()) % 90 + 10

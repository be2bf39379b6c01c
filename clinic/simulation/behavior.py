"""How people behave in a simulation: every number with where it comes from, so that a clinic can put in its own."""

from dataclasses import dataclass, field, fields
from typing import Any

_GUESS = "assumption"
_STAND_IN = "assumption; the stand-in for the carriers plays it"


def _number(default: float, meaning: str, source: str = _GUESS) -> Any:  # noqa: ANN401 - a dataclass field
    return field(default=default, metadata={"meaning": meaning, "source": source})


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """Shares are between 0 and 1; what happens "a month" happens to each patient with that chance every 30 days."""

    established: float = _number(0.5, "patients who are in maintenance when the simulation begins")
    arriving_days: int = _number(75, "days over which the other patients call for the first time")
    taking_over_days: int = _number(21, "days over which the established patients are taken over")
    longest_wait_days: int = _number(
        45, "days that a new patient would wait for the first visit; then they go elsewhere"
    )
    suited: float = _number(0.9, "first visits after which treatment begins")
    agrees_to_texts: float = _number(0.96, "patients who agree to texts")
    works_by_day: float = _number(0.3, "patients who wish for afternoons")

    no_show: float = _number(0.05, "visits that the patient misses")
    cancels_early: float = _number(0.04, "visits called off two days before")
    cancels_late: float = _number(0.03, "visits called off some hours before")
    answers_reminder: float = _number(0.75, "reminders that are answered with 1")
    asks_to_move: float = _number(0.04, "reminders that are answered with 2")
    writes_nonsense: float = _number(0.03, "reminders that are answered with something that nobody understands")
    stops_texts: float = _number(0.0005, "texts that are answered with STOP")
    starts_again: float = _number(0.6, "patients who write START some days after STOP")

    signs_by_link: float = _number(0.85, "patients who sign what a text asks for without being called")
    answers_check_ins: float = _number(0.85, "check-ins that are answered")
    worsens: float = _number(0.08, "patients whose scores worsen over the months")
    alarming: float = _number(0.004, "check-ins of such patients with an answer that calls a physician at once")
    counts_short: float = _number(0.02, "counts of units that are one short")

    sets_gates_aside: float = _number(
        0.7, "sessions that are not ready, of which a physician sets aside what may be, where that is all"
    )

    tapers_a_month: float = _number(0.02, "patients in maintenance with whom a taper is agreed, a month")
    leaves_a_month: float = _number(0.015, "patients who leave, a month")

    parcel_late: float = _number(0.05, "parcels that come a day late", _STAND_IN)
    parcel_waits: float = _number(0.02, "parcels that wait to be collected", _STAND_IN)
    parcel_returns: float = _number(0.01, "parcels that are refused and go back", _STAND_IN)
    parcel_lost: float = _number(0.01, "parcels of which nothing is heard after they have left", _STAND_IN)
    confirms_parcel: float = _number(0.85, "parcels whose receipt the patient confirms without being called")

    joins: float = _number(0.95, "patients who become members")
    card_fails_a_month: float = _number(0.04, "cards that a bank begins to decline, a month")
    brings_new_card: float = _number(0.75, "such patients who enter another card within two weeks")
    pauses_a_month: float = _number(0.01, "members who pause, a month")

    physician_ill_a_year: float = _number(2.0, "times a year that a physician falls ill")
    physician_ill_days: int = _number(2, "days that such an illness lasts on average")
    patients_a_coordinator: int = _number(150, "patients for whom one coordinator is employed")
    tasks_a_day: int = _number(60, "tasks that one coordinator can do in a day")


def assumptions(behavior: Behavior) -> list[tuple[str, float, str, str]]:
    """Return each number by its name, with its meaning and its source."""
    return [
        (each.name, getattr(behavior, each.name), each.metadata["meaning"], each.metadata["source"])
        for each in fields(behavior)
    ]

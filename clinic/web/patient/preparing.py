"""How to prepare, on the patient's page of a visit at home: times in the patient's zone, nothing to tick off yet."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from clinic.people.models import Patient
from clinic.scheduling import queries
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.preparation import Preparation, preparation
from clinic.web.frame.language import language
from clinic.web.frame.requests import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparing:
    """The list with its times, each a label and an instant."""

    about: Preparation
    times: tuple[tuple[str, datetime], ...]


def preparing(session: Session, row: VisitRow, patient: Patient) -> Preparing:
    """Return what a patient does before a visit at home, and afterwards only once it is over."""
    about = preparation(language(), is_fluid_restricted=patient.is_fluid_restricted, is_over=row.ends_at <= now())
    found = queries.preparation_times(session, row.starts_at)
    instants = {"food": found.food_until, "sips": found.sips_until}
    return Preparing(about=about, times=tuple((label, instants[name]) for name, label in about.times.items()))

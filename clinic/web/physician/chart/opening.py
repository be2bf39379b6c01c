"""How each page of a chart begins and ends: whose it is, what the banner warns of, and the audit entry."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.dashboards.timeline import timeline
from clinic.dashboards.timeline_rules import PHQ9, ItemNine, Timeline
from clinic.kernel import journal
from clinic.monitoring.rules.signals import Level
from clinic.people.models import Patient, Physician
from clinic.web.frame.display import day_text
from clinic.web.frame.requests import now
from clinic.web.physician.chart.words import level_word, missing
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import own_patient

Alert = tuple[str, str]
"""A tone and the words of a chip in the banner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A patient whom the physician may see, and everything on the timeline."""

    me: Physician
    patient: Patient
    timeline: Timeline

    @property
    def alerts(self) -> list[Alert]:
        """Return what the banner warns of, the gravest first."""
        return list(_alerts(self))


def opened(session: Session, patient_id: UUID) -> Chart:
    """Return the chart of a patient of the physician's own or of a covered colleague's, or raise PatientNotFound."""
    me = own_record(session)
    patient = own_patient(session, patient_id)
    return Chart(me=me, patient=patient, timeline=timeline(session, patient, now=now()))


def noted(session: Session, action: str, patient_id: UUID, *, subject: tuple[str, UUID] | None = None) -> None:
    """Write down that the chart was seen; `subject` is what of it, where it is not all."""
    kind, key = subject or ("patient", patient_id)
    journal.note(session, action, subject_kind=kind, subject_id=key, at=now(), patient_ids=(patient_id,))


def _alerts(chart: Chart) -> Iterator[Alert]:
    line = chart.timeline
    if line.item_nine is not None and line.item_nine.value > 0:
        yield "bad", f"Item 9 positive, {_on(line.item_nine)}"
    for level in (Level.URGENT, Level.HOLD):
        count = sum(one.state == "open" and one.level == level for one in line.flags)
        if count:
            yield "bad", f"{level_word(level)}: {count} open {'flag' if count == 1 else 'flags'}"
    gap = missing(line, PHQ9)
    if gap:
        yield "warn", gap
    if chart.patient.is_fluid_restricted:
        yield "warn", "Fluids restricted"


def _on(item: ItemNine) -> str:
    return f"{day_text(item.on)} ({item.value} of 3)"

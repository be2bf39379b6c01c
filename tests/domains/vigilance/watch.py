"""A physician's patient who is watched: findings, answers, looks, and the flags that came of them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.audit import actions as audit
from clinic.kernel.journal import take_entries
from clinic.monitoring.actions.answering import submit
from clinic.monitoring.actions.findings import record_finding
from clinic.monitoring.actions.flags import settle
from clinic.monitoring.queries.check_ins import open_check_ins
from clinic.monitoring.queries.flag_history import history_of
from clinic.monitoring.queries.flags import FlagRow, flags_of, open_flags_of
from clinic.monitoring.rules.findings import FindingKind
from clinic.monitoring.rules.flags import Decision
from clinic.oncall.models import OnCallPage
from clinic.people.queries import patient
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from clinic.vigilance.looking import ESCALATIONS, Looked, look_at
from tests.domains.monitoring.check_in_makers import SWEEP, Survey, survey
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import CourseClinic

TODAY = NOW.date()
A_DAY = timedelta(days=1)


@dataclass
class Watch:
    """One patient of Dr. Okafor with a live plan."""

    session: Session
    course: CourseClinic
    plan: TreatmentPlan = field(init=False)

    def __post_init__(self) -> None:
        self.plan = self.course.plan(Phase.INDUCTION)

    @property
    def patient_id(self) -> UUID:
        return self.plan.patient_id

    def find(self, kind: FindingKind, on: date = TODAY, *, now: datetime = NOW, note: str = "", **details) -> UUID:
        wanted = {"kind": kind, "details": details, "found_on": on, "note": note, "by": self.course.doctor, "now": now}
        return record_finding(self.session, patient_id=self.patient_id, **wanted)

    def survey(self, *keys: str, now: datetime = NOW) -> Survey:
        return survey(self.session, patient(self.session, self.plan.patient_id), *keys, now=now)

    def look(self, now: datetime = NOW) -> Looked:
        found = look_at(self.session, patient_id=self.patient_id, by=SWEEP, now=now)
        self.session.flush()
        self.session.expire_all()
        return found

    def flags(self) -> list[tuple[str, int, str]]:
        """Return rule, level and state of every flag."""
        return sorted((row.rule_id, row.level, row.state.value) for row in flags_of(self.session, self.patient_id))

    def said(self) -> list[tuple[str, int, str]]:
        """Return rule, level and sentence of every flag that stands on evidence, not on other flags."""
        rows = [row for row in flags_of(self.session, self.patient_id) if row.rule_id not in ESCALATIONS]
        return sorted((row.rule_id, row.level, row.sentence) for row in rows)

    def open(self, rule_id: str) -> FlagRow:
        return next(row for row in open_flags_of(self.session, self.patient_id) if row.rule_id == rule_id)

    def settle(self, row: FlagRow, *, until: date = TODAY + 14 * A_DAY, now: datetime = NOW, **changes) -> None:
        wanted = {
            "decision": Decision.WATCH,
            "note": "Spoke with the patient.",
            "look_again_on": until,
            "version": row.version,
            "by": self.course.doctor,
            "now": now,
        } | changes
        settle(self.session, flag_id=row.id, **wanted)
        self.session.expire_all()

    def told(self, row: FlagRow) -> list[str]:
        """Return what a flag's history says, newest first, once the audit trail is written."""
        audit.write(self.session, take_entries(self.session), SWEEP)
        return [line.what for line in history_of(self.session, row)]

    def pages(self) -> list[OnCallPage]:
        self.session.flush()
        return list(self.session.scalars(select(OnCallPage).order_by(OnCallPage.opened_at)))


def finish(watch: Watch, *, now: datetime = NOW) -> None:
    """Send whatever the patient has answered so far."""
    for check_in in open_check_ins(watch.session, watch.patient_id):
        submit(watch.session, check_in_id=check_in.id, leaves_out=True, by=SWEEP, now=now)
    watch.session.flush()

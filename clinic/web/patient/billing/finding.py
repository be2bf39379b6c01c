"""Whose plan a link leads to, and what its pages need of it."""

from collections.abc import Callable
from datetime import date

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.billing.queries.memberships import Membership, standing
from clinic.billing.queries.plans import PlanOnSale, plans_on_sale
from clinic.billing.rules.periods import today_in
from clinic.kernel import journal
from clinic.kernel.errors import NotFound
from clinic.people.models import Patient
from clinic.web.frame.forms import FormState
from clinic.web.frame.language import language
from clinic.web.frame.requests import now, runtime
from clinic.web.patient.billing.wording import refused
from clinic.web.patient.deliveries.finding import Form, reader
from clinic.web.patient.deliveries.finding import taken as taken_anywhere

PURPOSE = "billing"
SEEN = "plan.viewed"
HOME = "patient.my_plan"


def seen(session: Session) -> Patient:
    """Return the patient behind the link, and note that the plan was looked at."""
    patient = reader(session)
    journal.note(session, SEEN, subject_kind="patient", subject_id=patient.id, at=now(), patient_ids=(patient.id,))
    return patient


def living(session: Session, patient: Patient) -> Membership | None:
    """Return the patient's plan if it lives."""
    found = standing(session, patient.id, now=now())
    return found if found is not None and found.is_live else None


def require_living(session: Session, patient: Patient) -> Membership:
    """Return the patient's plan, or raise NotFound where none lives."""
    found = living(session, patient)
    if found is None:
        raise nowhere()
    return found


def today() -> date:
    """Return the day by which plans are sold."""
    return today_in(runtime().clinic.zone, now())


def offered(session: Session, code: str) -> PlanOnSale:
    """Return a plan that is sold today, or raise NotFound."""
    for plan in plans_on_sale(session, on=today()):
        if plan.code == code:
            return plan
    raise nowhere()


def nowhere() -> NotFound:
    """Return the refusal of an address that leads to nothing of the reader's own."""
    return NotFound(_("There is no page at this address, or it is not open to you. Check the address or start again."))


def named(en: str, es: str) -> str:
    """Return a name in the language of the page."""
    return es if language() == "es" else en


def address_of(path: str) -> str:
    """Return the whole address of one of these pages, which somebody comes back to from elsewhere."""
    return f"{runtime().clinic.public_base_url}{path}"


def taken(
    model: type[Form],
    act: Callable[[Session, Patient, Form], str],
    show: Callable[[FormState], ResponseReturnValue],
) -> ResponseReturnValue:
    """Read a form and act on it as everywhere behind a patient's link; `act` returns what is said on the plan's page.

    What is refused stands on the form in the patient's words.
    """
    return taken_anywhere(model, act, show, words=refused, then=HOME)

"""The demo's phones: what each one was texted, and a reply as its owner would write it."""

from enum import StrEnum
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.gateways.sms.simulator import ClockState, Persona, Simulator, SimulatorAway, Thread
from clinic.kernel.errors import Invalid, NotFound
from clinic.people import queries as people
from clinic.people.models import Patient, Phone
from clinic.people.rules import display_name
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, Line, blank_form, read_form, redisplay
from clinic.web.frame.requests import actor, runtime, see_other
from clinic.web.public import blueprint
from clinic.web.public.demo_company import PERSONAS, Move, Order, move, obey, records_of
from clinic.web.public.demo_phones import NOBODY, bubbles, list_phones

_WHY_OPEN = "demo only: it shows invented people's phones, and does not exist beside a real provider"
_UNHEARD = "Nothing changed: the stand-in for the phone company does not answer."
_LIST, _PHONE, _AWAY = "public/simulator/list.html", "public/simulator/phone.html", "public/simulator/away.html"


class NoSimulator(NotFound):
    """This clinic's texts go to real phones, or to none."""

    code = "no_simulator"


class NoSuchPhone(NotFound):
    """No demo phone has this address."""

    code = "no_such_phone"


class NothingToSay(Invalid):
    """The reply is blank."""

    code = "nothing_to_say"


class Quick(StrEnum):
    """Words that patients are asked to reply with."""

    CONFIRM = "1"
    MOVE = "2"
    STOP = "STOP"
    START = "START"
    HELP = "HELP"


class PhoneSearch(FormModel):
    """Part of a name or number."""

    q: Line = ""


class Reply(FormModel):
    """What the phone's owner writes, or which button is pressed."""

    body: Line | None = None
    quick: Quick | None = None


class Told(FormModel):
    """What the phone is told by a button, or how its owner answers from now on; blank for a visitor who answers."""

    order: Order | None = None
    persona: Persona | None = None


class Moved(FormModel):
    """What happens to the company's clock."""

    move: Move


def simulator_or_404() -> Simulator:
    """Return the stand-in's backstage; in production, and beside a real provider, there is no such page."""
    found = runtime().simulator
    if found is None or runtime().is_production:
        raise NoSimulator("There is no page here.")
    return found


@blueprint.get("/phones")
@policy.public(_WHY_OPEN, knows_staff=True)
def simulator() -> ResponseReturnValue:
    """List the phones that have a text, the latest first."""
    return _list(PhoneSearch())


@blueprint.post("/phones")
@policy.public(_WHY_OPEN, knows_staff=True)
def simulator_search() -> ResponseReturnValue:
    """Find phones by their owner or number; a form, so that no name stands in an address."""
    asked = read_form(PhoneSearch)
    return _list(PhoneSearch() if isinstance(asked, FormErrors) else asked)


@blueprint.get("/phones/<uuid:phone_id>")
@policy.public(_WHY_OPEN, knows_staff=True)
def simulated_phone(phone_id: UUID) -> ResponseReturnValue:
    """Show one phone with its texts and a box for a reply."""
    client = simulator_or_404()
    phone, owners = _phone(phone_id)
    try:
        thread, clock = client.thread(phone.e164), client.clock()
    except SimulatorAway:
        return render_template(_AWAY), 503
    return render_template(_PHONE, **_page(phone, owners, thread, clock=clock), form=blank_form())


@blueprint.post("/phones/<uuid:phone_id>")
@policy.public(_WHY_OPEN, knows_staff=True)
def simulated_reply(phone_id: UUID) -> ResponseReturnValue:
    """Text the clinic from the phone; the answer comes by the provider's signed webhook, as from a real one."""
    client = simulator_or_404()
    phone, owners = _phone(phone_id)
    form = read_form(Reply)
    if not isinstance(form, FormErrors) and not (form.quick or form.body):
        form = form.refused(NothingToSay("Type a reply, or press one of the words below.", field="body"))
    try:
        if isinstance(form, FormErrors):
            page = _page(phone, owners, client.thread(phone.e164), clock=client.clock())
            return redisplay(_PHONE, form, **page)
        client.reply(phone.e164, form.quick or form.body or "")
    except SimulatorAway:
        flash("The text was not sent: the stand-in for the phone company does not answer.", "error")
    return see_other("public.simulated_phone", phone_id=phone_id)


@blueprint.post("/phones/<uuid:phone_id>/conduct")
@policy.public(_WHY_OPEN, knows_staff=True)
def simulated_conduct(phone_id: UUID) -> ResponseReturnValue:
    """Switch a phone off or on, hold its texts until the evening, or let its owner answer alone."""
    client = simulator_or_404()
    phone, owners = _phone(phone_id)
    form = read_form(Told)
    if isinstance(form, FormErrors):
        flash("Nothing changed: press one of the buttons of this page.", "error")
        return see_other("public.simulated_phone", phone_id=phone_id)
    try:
        if form.order is None:
            client.conduct(phone.e164, persona=form.persona)
        else:
            obey(client, phone.e164, form.order, zone=_zone(owners))
    except SimulatorAway:
        flash(_UNHEARD, "error")
    return see_other("public.simulated_phone", phone_id=phone_id)


@blueprint.post("/phones/<uuid:phone_id>/clock")
@policy.public(_WHY_OPEN, knows_staff=True)
def simulated_clock(phone_id: UUID) -> ResponseReturnValue:
    """Stop or move the phone company's clock, from the page of one phone."""
    client = simulator_or_404()
    _, owners = _phone(phone_id)
    form = read_form(Moved)
    try:
        if isinstance(form, FormErrors):
            flash("The clock was not moved: press one of the buttons below it.", "error")
        else:
            move(client, form.move, zone=_zone(owners))
    except SimulatorAway:
        flash(_UNHEARD, "error")
    return see_other("public.simulated_phone", phone_id=phone_id)


def _list(asked: PhoneSearch) -> ResponseReturnValue:
    client = simulator_or_404()
    try:
        phones = client.phones()
    except SimulatorAway:
        return render_template(_AWAY), 503
    with runtime().begin(by=actor()) as session:
        rows = list_phones(session, phones, text=asked.q, clinic=runtime().clinic.name)
    return render_template(_LIST, rows=rows, text=asked.q, has_mailbox=runtime().mailbox is not None)


def _phone(phone_id: UUID) -> tuple[Phone, list[Patient]]:
    with runtime().begin(by=actor()) as session:
        phone = people.phones_by_id(session, [phone_id]).get(phone_id)
        if phone is None:
            raise NoSuchPhone("There is no such phone.")
        return phone, people.patients_with_phone(session, phone_id)


def _zone(owners: list[Patient]) -> str:
    return owners[0].zone if owners else runtime().clinic.zone


def _page(phone: Phone, owners: list[Patient], thread: Thread, *, clock: ClockState) -> dict[str, object]:
    names = [display_name(one.legal_first_name, one.legal_last_name, one.preferred_name) for one in owners]
    return {
        "phone": phone,
        "name": " and ".join(names) or NOBODY,
        "owners": owners,
        "speaks_spanish": any(one.language == "es" for one in owners),
        "zone": _zone(owners),
        "thread": bubbles(thread),
        "is_opted_out": thread.opted_out,
        "quick": list(Quick),
        "conduct": thread.conduct,
        "personas": PERSONAS,
        "records": records_of(thread, clinic=runtime().clinic.name),
        "clock": clock,
    }

"""Hours, support person and place of a plan, and giving it to another physician."""

from clinic.treatment.actions import set_preferences
from clinic.treatment.models import TreatmentPlan
from tests.domains.scheduling.calendar_makers import COORDINATOR
from tests.web.coordinator.courses.conftest import Program
from tests.web.html import Form

SECRET = "Indication that is no business of the desk"


def form_of(program: Program, name: str = "wishes") -> Form:
    return program.desk.get(f"{program.planner}/wishes").form(name)


def saved(program: Program, plan: TreatmentPlan) -> TreatmentPlan:
    program.session.expire_all()
    return program.session.get_one(TreatmentPlan, plan.id)


def test_what_is_written_down_is_saved_and_shown_in_words(program: Program):
    plan = program.plan()
    page = form_of(program).submit(
        patient_day_1="mon-fri",
        patient_from_1="09:00",
        patient_until_1="12:00",
        are_patient_hours_strict="yes",
        support_name="Ramon B.",
        support_phone="(305) 555-0199",
        support_day_1="tue",
        place="Second door on the left.",
    )
    assert page.h1 == "Course"
    for words in (
        "Monday to Friday, 9:00 AM to 12:00 PM",
        "Only then",
        "Ramon B., (305) 555-0199",
        "Tuesday, any time",
    ):
        assert words in page.text
    found = saved(program, plan)
    assert found.patient_hours == [[day, "09:00", "12:00"] for day in range(5)]
    assert found.support_hours == [[1, "00:00", "24:00"]]
    assert found.place == "Second door on the left."


def test_the_form_comes_back_as_it_was_saved(program: Program):
    program.plan()
    form_of(program).submit(patient_day_1="sat", patient_from_1="10:00", place="Second door.")
    again = form_of(program)
    assert again.values["patient_day_1"] == ["sat"]
    assert again.values["patient_from_1"] == ["10:00"]
    assert "Saved. Visits that are booked stay" in again.submit().toasts[0]


def test_half_a_row_is_named_and_nothing_is_saved(program: Program):
    plan = program.plan()
    page = form_of(program).submit(patient_from_1="09:00", place="Second door.")
    assert page.status == 422
    assert page.errors["patient_day_1"] == "Choose the days for these hours, or empty the row."
    assert saved(program, plan).place is None


def test_a_phone_that_is_none_is_named(program: Program):
    program.plan()
    page = form_of(program).submit(support_phone="call my sister")
    assert page.status == 422
    assert "support_phone" in page.errors


def test_what_a_colleague_saved_meanwhile_is_not_overwritten_unseen(program: Program):
    plan = program.plan()
    form = form_of(program)
    set_preferences(
        program.session,
        plan_id=plan.id,
        patient_hours=[],
        are_patient_hours_strict=False,
        support_name="Somebody else",
        support_phone=None,
        support_hours=[],
        place=None,
        version=plan.version,
        by=COORDINATOR,
        now=program.made.clinic.now,
    )
    program.session.commit()
    refused = form.submit(support_name="Ramon B.")
    assert refused.status == 409
    assert saved(program, plan).support_name == "Somebody else"
    assert refused.form("wishes").submit().status == 200
    assert saved(program, plan).support_name == "Ramon B."


def test_the_plan_goes_to_another_physician_with_a_reason(program: Program):
    plan = program.plan()
    raman, _ = program.made.physician("Dr. Priya Raman")
    program.session.commit()
    short = form_of(program, "lead").submit(physician=raman.id, reason="no")
    assert short.status == 422
    page = short.form("lead").submit(reason="Dr. Okafor is away in December.")
    assert page.h1 == "Course"
    assert saved(program, plan).physician_id == raman.id


def test_without_a_plan_there_is_nothing_to_wish(program: Program):
    page = program.desk.get(f"{program.planner}/wishes")
    assert page.path.endswith("/course")
    assert "No plan yet" in page.text


def test_the_desk_never_sees_why(program: Program):
    from clinic.treatment.actions import change_plan

    plan = program.plan()
    change_plan(
        program.session,
        plan_id=plan.id,
        indication=SECRET,
        reason=SECRET,
        version=plan.version,
        by=program.made.doctor,
        now=program.made.clinic.now,
    )
    program.session.commit()
    for page in ("", "/wishes", "/changes"):
        assert SECRET not in program.desk.get(f"{program.planner}{page}").response.get_data(as_text=True)

"""The physician's page of an intake: the queue, every reason with its source, the decision, and what changed since."""

from datetime import timedelta

import pytest

from clinic.intake.actions.saving import save_section
from clinic.intake.queries.intakes import intake_of
from clinic.intake.rules.states import IntakeState
from clinic.kernel.actor import Role
from clinic.people import actions as people
from clinic.people.rules import CareReason
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.treatment import actions as treatment
from tests.domains.intake.intake_makers import GOOD, person, sent, started
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.web.html import Browser, Page

WHY = "History fits, readings are calm."


@pytest.fixture
def ana(course, okafor, session):
    patient = course.patient()
    people.join_care_team(
        session, patient_id=patient.id, physician_id=course.okafor.id, reason=CareReason.ASSIGNED,
        starts_at=NOW - timedelta(days=1), ends_at=None, subject_id=None, by=COORDINATOR, now=NOW,
    )  # fmt: skip
    session.commit()
    return patient


@pytest.fixture
def waiting(ana, session):
    found = sent(session, ana, substances={"kratom": "recent"}, medicines={"groups": ("benzodiazepine",)})
    session.commit()
    return found


def decide(page: Page, **fields) -> Page:
    return page.click("Decide").form("decide").submit(**({"reason": WHY} | fields))


def page_of(okafor: Browser, ana) -> Page:
    return okafor.get(f"/my-patients/{ana.id}/intake")


def test_an_intake_is_found_in_the_queue_read_whole_and_accepted(okafor, ana, waiting, session):
    queue = okafor.get("/intakes/waiting")
    assert "Intakes 1 waiting" in queue.texts("nav.menu a")
    page = queue.click(queue.texts("tbody a")[0])
    first, second = page.texts("tbody th")[:2]
    assert first.startswith("Kratom or 7-OH within the last 14 days")
    assert second.endswith("A pause only if you say so; never stopped suddenly.")
    for words in ("Perioperative advice", "Rosa Marin", "(305) 555-0199", "118", "Not known", "No PHQ-9 yet."):
        assert words in page.text
    assert "decide" not in page.forms
    done = decide(page, decision="accept")
    assert "Accepted. A plan may begin." in done.toasts[-1]
    assert WHY in done.text
    session.expire_all()
    assert intake_of(session, ana.id).state == IntakeState.ACCEPTED
    assert okafor.get("/intakes/waiting").texts("tbody tr") == []
    assert "Nobody waits" in okafor.get("/intakes/waiting").text


def test_a_decision_without_its_parts_comes_back_filled(okafor, ana, waiting):
    page = page_of(okafor, ana)
    assert set(decide(page).errors) == {"decision"}
    assert set(decide(page, decision="accept", reason="ok").errors) == {"reason"}
    missing = decide(page, decision="needs_more")
    assert set(missing.errors) == {"asked_of"}
    assert missing.form("decide").values["reason"] == [WHY]
    assert set(decide(page, decision="needs_more", asked_of="patient").errors) == {"sections"}
    done = decide(page, decision="needs_more", asked_of="coordinator", sections=["readings", "heart"])
    assert "Asked again: Heart and blood pressure, Blood pressure at home." in done.text


def test_an_answer_that_changed_meanwhile_is_looked_at_first(okafor, ana, waiting, session):
    form = page_of(okafor, ana).click("Decide").form("decide")
    save_section(
        session, patient_id=ana.id, key="body", given=GOOD["body"] | {"liver": "severe"}, by=person(ana), now=NOW
    )
    session.commit()
    refused = form.submit(decision="accept", reason=WHY)
    assert refused.status == 409
    assert "Something changed after you opened this." in refused.text
    assert "Severe liver disease or cirrhosis." in refused.text
    assert "Accepted" in decide(page_of(okafor, ana), decision="accept").toasts[-1]
    assert form.submit(decision="accept", reason=WHY).status == 409


def test_only_the_care_team_reads_it_and_an_empty_one_says_what_to_do(okafor, ana, sign_in_as, desk, anybody, waiting):
    path = f"/my-patients/{ana.id}/intake"
    stranger = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    assert stranger.get(path).status == 404
    assert desk.get(path).status == 403
    assert anybody.get(path).path.startswith("/sign-in")


def test_a_patient_without_an_intake_has_an_empty_page(okafor, ana):
    page = page_of(okafor, ana)
    assert "A coordinator starts one" in page.text


def test_a_plan_waits_for_the_intake_where_the_clinic_asks_for_one(okafor, ana, course, session):
    plan = treatment.open_plan(
        session, patient_id=ana.id, physician_id=course.okafor.id, by=course.coordinator, now=NOW
    )
    path = f"/physician/patients/{ana.id}/plan/phase"
    session.commit()
    assert "without_intake" not in okafor.get(path).form("phase").names
    set_policy(
        session, key=PolicyKey.INTAKE_REQUIRED, value=1, reason="as agreed", revision=0, by=course.doctor, now=NOW
    )
    session.commit()
    refused = okafor.get(path).form("phase").submit(phase="induction")
    assert set(refused.errors) == {"without_intake"}
    assert "There is no accepted intake that counts." in refused.errors["without_intake"]
    assert set(refused.form("phase").submit(without_intake="yes").errors) == {"reason"}
    begun = refused.form("phase").submit(without_intake="yes", reason="Came from our other clinic.")
    assert "Induction began." in begun.toasts[-1]
    session.refresh(plan)
    assert plan.phase == "induction"


def test_the_desk_sees_where_it_stands_and_never_what_was_answered(desk, course, okafor, ana, session):
    page = desk.get(f"/patients/{ana.id}")
    begun = page.form("start-intake").submit()
    assert "Intake started." in begun.toasts[-1]
    assert "0 of 10" in begun.text
    assert "The link is on its way." in begun.form("intake-link").submit().toasts[-1]
    sent(session, ana, mind={"suicide": "thoughts"}, medicines={"list": "zolpidem at night"})
    started(session, course.patient())
    session.commit()
    page = desk.get(f"/patients/{ana.id}")
    assert "Waits for a physician" in page.text
    assert "intake-link" not in page.forms
    board = desk.get("/intakes")
    assert len(board.texts("tbody tr")) == 2
    for each in (page, board):
        assert not [word for word in ("zolpidem", "thoughts", "suicid") if word in each.text]

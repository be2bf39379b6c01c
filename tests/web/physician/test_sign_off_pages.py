"""The sign-off queue, one flag, findings, and what everybody else at the clinic sees of them."""

from uuid import uuid4

import pytest

from clinic.kernel.actor import Role
from clinic.monitoring.actions.answering import submit
from clinic.monitoring.queries.flags import open_flags_of
from clinic.monitoring.rules.catalogue import RULES
from clinic.monitoring.rules.findings import FindingKind
from clinic.oncall import actions as oncall
from clinic.oncall.rules import Place
from clinic.people.queries import patient
from tests.domains.monitoring.check_in_makers import SWEEP, every
from tests.domains.scheduling.calendar_makers import NOW, at
from tests.domains.treatment.plan_makers import take
from tests.domains.vigilance.watch import A_DAY, TODAY, Watch
from tests.web.html import Browser
from tests.web.physician.conftest import tie

K = FindingKind
SECRET = "Words that only physicians read."


@pytest.fixture
def watch(session, course) -> Watch:
    return Watch(session, course)


@pytest.fixture
def held(watch, session, okafor) -> Watch:
    """A patient with a hold and a review, seen by the rules."""
    watch.find(K.IMPAIRED, note=SECRET)
    watch.find(K.DOSE_REQUEST, TODAY - 9 * A_DAY)
    watch.find(K.DOSE_REQUEST, TODAY - 2 * A_DAY)
    watch.look()
    session.commit()
    return watch


def test_thresholds_stand_in_the_order_in_which_the_rule_tells_them(held, session):
    session.expire_all()
    limits = next(row.limits for row in open_flags_of(session, held.patient_id) if row.rule_id == "D09")
    rule = [one.words for one in RULES["D09"].parameters.values()]
    assert [words for words, _ in limits] == [words for words in rule if words in dict(limits)]
    assert len(limits) > 1


def test_an_empty_queue_says_what_will_be_here(okafor: Browser):
    page = okafor.get("/sign-off")
    assert "Nothing to sign" in page.text


def test_the_most_urgent_is_open_with_what_decided_and_settling_opens_the_next(okafor: Browser, held: Watch):
    page = okafor.get("/sign-off")
    assert page.texts(".sign-head h2")[0] == "Intoxicated or impaired at a visit"
    assert "Hold" in page.text
    assert "What the rule looked at" in page.text
    following = page.form("settle").submit(decision="explained", note="Tired after a night shift.")
    assert following.toasts == ["✓ Settled."]
    assert following.texts(".sign-head h2") == ["Routine review"]
    signed = following.form("sign-review").submit(decision="go_on", note="Doing well.")
    assert signed.texts(".queue-what")[0] == "Asks for a higher dose"
    assert "Nothing to sign" in signed.form("settle").submit(decision="watch", note="We talk soon.").text


def test_a_decision_without_a_sentence_stays_in_the_box(okafor: Browser, held: Watch):
    page = okafor.get("/sign-off").form("settle").send(decision="refer", note="")
    assert page.status == 422
    assert page.errors == {"note": "Say in a sentence what you found or did."}
    assert page.form("settle").values["decision"] == ["refer"]


def test_the_menu_counts_what_waits(okafor: Browser, held: Watch):
    assert [text for text in okafor.get("/my-day").texts("nav.menu a") if text.startswith("Sign-off")] != ["Sign-off"]


def test_a_flag_tells_its_history_and_who_saw_it(okafor: Browser, held: Watch):
    row = held.open("D21")
    first = okafor.get(f"/flags/{row.id}")
    assert "Nobody before you." in first.text
    again = okafor.get(f"/flags/{row.id}")
    assert "Amara Okafor" in again.texts("aside li")[-1]
    settled = again.form("settle").submit(decision="refer", note=SECRET)
    assert "Settled: Refer" in settled.text
    assert SECRET in settled.text
    assert "Strong evidence" in settled.text


def test_two_who_settle_at_once_do_not_overwrite_each_other(okafor: Browser, held: Watch):
    page = okafor.get(f"/flags/{held.open('D21').id}")
    page.form("settle").submit(decision="refer", note="Seen by me.")
    late = page.form("settle").send(decision="watch", note="Seen by me, too.")
    assert late.status == 409
    assert "settled this already" in late.text


def test_who_comes_late_in_the_queue_is_told_what_a_colleague_decided(okafor: Browser, held: Watch):
    queue = okafor.get("/sign-off")
    okafor.get(f"/flags/{held.open('D21').id}").form("settle").submit(decision="refer", note="Seen by me.")
    late = queue.form("settle").send(decision="watch", note="Seen by me, too.")
    assert late.status == 409
    assert ["settled this already" in words for words in late.toasts] == [True]
    assert late.texts(".sign-head h2") != ["Intoxicated or impaired at a visit"]


def test_the_menu_counts_a_flag_that_another_settles_along_once(okafor: Browser, watch: Watch, session):
    for days, value in ((9, 1), (2, 2)):
        told = NOW - days * A_DAY
        paper = watch.survey("sds_ketamine", now=told)
        paper.save("sds_ketamine", every("q1 q2 q3 q4 q5", value), now=told)
        submit(session, check_in_id=paper.id, leaves_out=True, by=SWEEP, now=told)
        watch.look(told)
    session.commit()
    assert [row.level for row in open_flags_of(session, watch.patient_id) if row.rule_id == "D12"] == [4, 3]
    [entry] = [text for text in okafor.get("/my-day").texts("nav.menu a") if text.startswith("Sign-off")]
    assert entry == "Sign-off 1 waiting"


def test_a_full_menu_keeps_rare_pages_under_more(okafor: Browser):
    page = okafor.get("/physician/protocols")
    shown = ["My day", "My week", "Sign-off", "Intakes", "Refills", "Memberships", "Patients", "My time"]
    assert page.texts("nav.menu a")[:8] == shown
    assert "Legal basis" in page.texts(".menu-more a")
    assert page.texts(".menu-more [aria-current=page]") == ["Protocols"]
    assert page.texts(".menu-more summary") == ["More, you are in Protocols"]


def test_a_finding_is_recorded_and_taken_back(okafor: Browser, watch: Watch, session):
    session.commit()
    where = f"/my-patients/{watch.patient_id}/findings"
    form = okafor.get(where).click("Took more than prescribed").form("finding")
    wrong = form.send(units_taken="3", units_ordered="two", had_symptoms="yes")
    assert wrong.status == 422
    saved = form.submit(units_taken="3", units_ordered="2", had_symptoms="yes", note=SECRET)
    assert "Units taken: 3" in saved.text
    assert SECRET in saved.text
    gone = saved.click("Take back Took more than prescribed of Nov 23, 2026")
    back = gone.form("take-back").submit(reason="It was the count before.")
    assert "Taken back: It was the count before." in back.text


def test_a_review_after_the_first_session_waits_and_is_signed(okafor: Browser, watch: Watch, session, clock):
    take(session, watch.plan, at=NOW - 3 * A_DAY)
    session.commit()
    page = okafor.get("/sign-off")
    assert page.texts(".queue-what") == ["Routine review", "First session"]
    key = next(link for words, link in page.links.items() if "First session" in words)
    done = okafor.get(key).form("sign-review").submit(decision="go_on", note="Went well.")
    assert done.toasts == ["✓ Signed."]
    assert "First session" not in okafor.get("/sign-off").text


def test_nobody_but_the_patients_physicians_reads_a_flag(okafor, held: Watch, sign_in_as, session):
    row = held.open("D21")
    paths = [f"/flags/{row.id}", f"/my-patients/{held.patient_id}/findings", "/sign-off"]
    stranger = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    tie(session, held.course.clinic.physician("Dr. Luis Herrera"), "Luis Herrera")
    assert [stranger.get(path).status for path in paths] == [404, 404, 200]
    assert stranger.get(f"/flags/{uuid4()}").text == stranger.get(f"/flags/{row.id}").text
    assert "Nothing to sign" in stranger.get("/sign-off").text
    for role in (Role.COORDINATOR, Role.ADMIN):
        other = sign_in_as(role, name=f"Somebody {role}")
        assert [other.get(path).status for path in paths] == [403, 403, 403]


def test_coordinators_see_that_a_check_is_open_and_nothing_of_why(desk: Browser, okafor, held: Watch, session):
    visit = held.course.clinic.visit(patient(session, held.patient_id), held.course.okafor, at(25, 14))
    session.commit()
    for path in (f"/patients/{held.patient_id}", f"/visits/{visit.id}"):
        page = desk.get(path)
        assert page.texts(".clinical-check") == [
            "! A clinical check is open: Dr. Amara Okafor decides. No session until then."
        ]
        for word in ("Hold", "impaired", "D21", SECRET):
            assert word not in page.text
    held.settle(held.open("D21"), by=held.course.doctor)
    session.commit()
    assert desk.get(f"/patients/{held.patient_id}").texts(".clinical-check") == []


def test_item_nine_leads_from_the_answer_to_the_call_that_somebody_takes(
    sign_in_as, okafor, watch: Watch, session, runtime, clock
):
    on_call = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    physician = watch.course.clinic.physician("Dr. Luis Herrera")
    tie(session, physician, "Luis Herrera")
    with runtime.begin(by=SWEEP) as own:
        shift = {"starts_at": NOW - A_DAY / 24, "ends_at": NOW + A_DAY, "zone": "America/New_York"}
        oncall.save_phone(own, staff_id=physician.staff_id, typed="201 555 0111", by=SWEEP, now=clock())
        oncall.add_shift(own, staff_id=physician.staff_id, place=Place.FIRST, **shift, by=SWEEP, now=clock())
    paper = watch.survey("phq9")
    paper.save("phq9", {"q9": 3})
    session.commit()
    from workers import work

    work.react(runtime)
    [page] = watch.pages()
    call = on_call.get(f"/on-call/{page.id}")
    assert "A clinical check needs a physician now" in call.text
    assert "Luis Herrera" in call.texts("aside .history-what")[0]
    assert on_call.get(f"/flags/{page.subject_id}").status == 404
    taken = call.form("have-it").submit()
    flag = taken.click("Open the check")
    assert "You see this because you took the call" in flag.text
    settled = flag.form("settle").submit(decision="refer", note="Spoke at length; a crisis team is with them.")
    assert "Settled: Refer" in settled.text
    assert on_call.get(f"/my-patients/{watch.patient_id}/findings").status == 404

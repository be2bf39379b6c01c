"""Forms on every page: a patient signs, downloads and withdraws; desk, physician and administrator do theirs."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from clinic.access import actions as access
from clinic.audit.models import AuditEvent
from clinic.consents.actions.asking import ask_to_sign, forms_link
from clinic.consents.actions.withdrawing import withdraw
from clinic.consents.models import ConsentSignature, ConsentWithdrawal
from clinic.consents.queries.documents import versions_of
from clinic.consents.rules.kinds import ConsentKind
from clinic.kernel.actor import Role
from clinic.kernel.ids import new_id
from clinic.messaging.models import Message
from clinic.people.models import Patient
from tests.domains.consents.form_makers import WORDS, Forms, of_pain
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING
from tests.domains.treatment.plan_makers import CourseClinic
from tests.web.html import Browser, Page
from tests.web.patient.conftest import type_birth_date
from tests.web.patient.test_spanish_pages import english_in
from tests.web.physician.conftest import tie

K = ConsentKind
SPANISH = (
    "Atención por video",
    "Acuerdo de tratamiento",
    "Aviso de privacidad",
    "Sobre su tratamiento y la advertencia de la FDA",
)


@pytest.fixture
def forms(session) -> Forms:
    made = Forms(session)
    session.commit()
    return made


@pytest.fixture
def come(app: Flask, forms: Forms) -> Callable[..., Page]:
    """Open the link of a patient's text with the right birth date."""

    def enter(*, language: str = "en", path: str | None = None) -> Page:
        forms.session.expire_all()
        forms.ana.language = language
        link = forms_link(forms.session, forms.ana, ring=RING, by=COORDINATOR, now=forms.now)
        token = access.render_link(forms.session, link_id=link.id, ring=RING)
        forms.session.commit()
        page = type_birth_date(Browser(app.test_client()).get(f"/v/{token}"), forms.ana.birth_date)
        return page.browser.get(path) if path else page

    return enter


def given(forms: Forms) -> list[ConsentSignature]:
    forms.session.expire_all()
    return list(forms.session.scalars(select(ConsentSignature).order_by(ConsentSignature.at)))


def test_a_patient_reads_ticks_and_signs_a_form(forms: Forms, come):
    page = come()
    assert (page.path, page.h1) == ("/my-forms", "Your forms")
    assert "4 forms to sign" in page.text
    page = page.click("About your treatment and the FDA warning")
    empty = page.form("sign").submit()
    assert (empty.status, empty.errors) == (
        422,
        {
            "box_1": "Read this and tick the box.",
            "box_2": "Read this and tick the box.",
            "typed_name": "Type your first and last name.",
            "agrees_to_electronic": "Tick the box if you agree to sign here. Otherwise call us, and we send you paper.",
        },
    )
    half = empty.form("sign").send(boxes=["1", "2"], typed_name="Ann Other", agrees_to_electronic="yes")
    assert list(half.errors) == ["is_my_name"]
    assert half.form("sign").values["typed_name"] == ["Ann Other"]
    assert half.form("sign").values["boxes"] == ["1", "2"]
    assert given(forms) == []
    done = half.form("sign").send(is_my_name="yes", boxes=["1", "2"], typed_name="Jose Nunez Rivera")
    assert done.toasts == ["✓ Signed. Thank you."]
    [row] = given(forms)
    assert (row.language, row.typed_name, row.is_other_name) == ("en", "Jose Nunez Rivera", False)
    assert row.address == "127.0.0.1"
    assert row.link_id is not None
    assert row.agent
    assert "3 forms to sign" in done.text
    signed = done.click("About your treatment and the FDA warning")
    assert "Signed" in signed.text
    assert "Jose Nunez Rivera" in signed.text
    again = signed.browser.get("/my-forms/off_label")
    assert "sign" not in again.forms


def test_a_form_replaced_meanwhile_shows_the_new_one_and_keeps_the_name(forms: Forms, come):
    page = come(path="/my-forms/privacy")
    forms.publish(K.PRIVACY)
    forms.session.commit()
    stale = page.form("sign").submit(typed_name="Jose Nunez", agrees_to_electronic="yes")
    assert (stale.status, stale.h1) == (409, "New words")
    assert "This form has a new version." in stale.errors[""]
    values = stale.form("sign").values
    assert values["typed_name"] == ["Jose Nunez"]
    assert "agrees_to_electronic" not in values
    assert given(forms) == []
    assert stale.form("sign").send(boxes="1", agrees_to_electronic="yes").status == 200
    assert [row.boxes for row in given(forms)] == [["I have."]]


@pytest.mark.parametrize(
    "changes",
    [
        {"version_id": str(new_id())},
        {"version_id": "nonsense"},
        {"language": "fr"},
        {"boxes": "x"},
        {"sha256": "0" * 64},
    ],
)
def test_a_form_that_was_tampered_with_is_not_signed(forms: Forms, come, changes):
    page = come(path="/my-forms/privacy")
    sent = {"typed_name": "Jose Nunez", "agrees_to_electronic": "yes"} | changes
    assert page.form("sign").send(**sent).status in {409, 422}
    assert given(forms) == []


def test_the_whole_way_in_spanish_says_no_english(forms: Forms, come):
    page = come(language="es")
    assert english_in(page) == []
    for title in SPANISH:
        page = page.click(title)
        assert english_in(page) == []
        refused = page.form("sign").submit()
        assert english_in(refused) == []
        boxes = [str(number) for number in range(1, 1 + len(refused.select("[name=boxes]")))]
        page = refused.form("sign").send(boxes=boxes, typed_name="José Núñez", agrees_to_electronic="yes")
        assert english_in(page) == []
    assert page.toasts == ["✓ Gracias. Todo está firmado."]
    assert {row.language for row in given(forms)} == {"es"}
    signed = page.click("Atención por video")
    assert english_in(signed) == []
    asking = signed.click("Cambié de opinión")
    assert english_in(asking) == []
    done = asking.form("withdraw").submit()
    assert english_in(done) == []
    assert len(list(forms.session.scalars(select(ConsentWithdrawal)))) == 1
    assert "1 formulario por firmar" in done.text
    assert asking.form("withdraw").submit().path == "/my-forms"
    assert len(list(forms.session.scalars(select(ConsentWithdrawal)))) == 1


def words_of(browser: Browser, path: str) -> str:
    answer = browser.client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert re.fullmatch(r'attachment; filename="form-[a-z-]+-1\.pdf"', answer.headers["Content-Disposition"])
    pages = PdfReader(BytesIO(answer.get_data())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_copy_holds_the_words_the_record_and_the_hash(forms: Forms, come):
    row = forms.sign(K.OFF_LABEL, language="es")
    shared = forms.sign(K.RELEASE, released_to="Dr. Lin, Miami")
    withdraw(forms.session, shared.id, patient_id=forms.ana.id, note=None, by=COORDINATOR, now=forms.now)
    forms.session.commit()
    browser = come().browser
    words = words_of(browser, f"/my-forms/signed/{row.id}.pdf")
    for said in (
        *("La advertencia de la FDA", "Jose Nunez", "Constancia de la firma", "203.0.113.5", "Acepto firmar"),
        *("2026-11-23 15:00:00 UTC", "23 de noviembre de 2026", "Versión 1, español", "A phone"),
    ):
        assert said in words
    assert row.sha256 in words.replace(" ", "")
    other = words_of(browser, f"/my-forms/signed/{shared.id}.pdf")
    for said in ("Dr. Lin, Miami", "Withdrawn", "November 23, 2026"):
        assert said in other
    assert "form.viewed" in set(forms.session.scalars(select(AuditEvent.action)))


def test_nobody_elses_form_opens(forms: Forms, come, sign_in_as):
    other = forms.clinic.patient()
    theirs = forms.sign(K.TELEHEALTH, patient=other)
    forms.session.commit()
    browser = come().browser
    for path in ("pain_nj", "nonsense", f"signed/{theirs.id}.pdf", f"signed/{theirs.id}/withdraw"):
        assert browser.get(f"/my-forms/{path}").status == 404
    desk = sign_in_as(Role.COORDINATOR)
    assert desk.get(f"/patients/{forms.ana.id}/forms/{theirs.id}.pdf").status == 404
    assert desk.get(f"/patients/{forms.ana.id}/forms/{theirs.id}/withdraw").status == 404


def test_the_desk_sees_asks_and_takes_a_withdrawal_by_telephone(forms: Forms, sign_in_as):
    forms.sign(K.TREATMENT_AGREEMENT, typed_name="Ann Other", is_my_name=True)
    forms.session.commit()
    desk = sign_in_as(Role.COORDINATOR, name="Dana Reyes")
    page = desk.get(f"/patients/{forms.ana.id}").click("Open the forms")
    assert "3 to sign" in page.text
    assert "Signed with another name: ask" in page.text
    assert not re.search("ketamin|depress|pain|off-label", page.text, re.IGNORECASE)
    asked = page.form("ask").submit()
    assert "Asked." in asked.toasts[0]
    asking_again = select(Message.due_at).where(Message.template_key == "SIGN_NEEDED").order_by(Message.due_at)
    assert list(forms.session.scalars(asking_again)) == [forms.now, forms.now + timedelta(hours=48)]
    assert "Asked by Dana Reyes" in asked.text
    assert asked.form("ask").submit().status == 200
    asking = asked.click("Withdraw Treatment agreement")
    assert "We plan no new session" in asking.text
    done = asking.form("withdraw").submit(note="Said so on the phone.")
    assert "Withdrawn" in done.text
    late = asking.form("withdraw").submit()
    assert (late.status, list(late.errors)) == (409, [""])
    [row] = forms.session.scalars(select(ConsentWithdrawal))
    assert (row.told_by, row.note) == ("telephone", "Said so on the phone.")
    assert "Treatment agreement" in words_of(desk, done.links["PDF of Treatment agreement"])


def test_asking_somebody_who_signed_everything_is_refused(forms: Forms, sign_in_as):
    page = sign_in_as(Role.COORDINATOR).get(f"/patients/{forms.ana.id}/forms")
    forms.sign_all()
    forms.session.commit()
    refused = page.form("ask").submit()
    assert "Everything that has to be signed is signed." in refused.toasts[0]
    assert "ask" not in refused.forms


def test_the_chart_shows_the_forms_with_their_clinical_names(session, sign_in_as):
    courses = CourseClinic(session)
    plan = of_pain(courses, courses.plan())
    made = Forms(session)
    signed = made.sign(K.TELEHEALTH, patient=session.get_one(Patient, plan.patient_id))
    session.commit()
    physician = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    tie(session, courses.okafor, "Amara Okafor")
    chart = physician.get(f"/my-patients/{plan.patient_id}/chart")
    assert "Pain agreement, Florida" in chart.text
    assert "Off-label use, FDA warning of October 10, 2023" in chart.text
    assert words_of(physician, chart.links["Telehealth consent (PDF)"])
    other = made.sign(K.TELEHEALTH)
    session.commit()
    browser = chart.browser
    assert browser.get(f"/my-patients/{plan.patient_id}/forms/{other.id}.pdf").status == 404
    assert browser.get(f"/my-patients/{made.ana.id}/forms/{other.id}.pdf").status == 404
    assert signed.id != other.id


def test_an_administrator_writes_looks_and_publishes(forms: Forms, sign_in_as):
    forms.sign(K.PRIVACY)
    forms.session.commit()
    admin = sign_in_as(Role.ADMIN, name="Morgan Ellery")
    page = admin.get("/admin").click("Forms to sign").click("Privacy notice received")
    assert "Have a lawyer confirm the words" in page.text
    draft = page.click("Write a new version")
    assert draft.form("draft").values["en"][0].startswith("# Privacy notice")
    wrong = draft.form("draft").submit(en="No title", es="# Hola\n\nsí")
    assert (wrong.status, list(wrong.errors)) == (422, ["en"])
    assert wrong.form("draft").values["es"][0].split() == ["#", "Hola", "sí"]
    preview = wrong.form("draft").submit(en=WORDS["en"], es="# Palabras\n\nsin casilla")
    assert preview.h1 == "Draft: Privacy notice received, version 2"
    assert "1 signature is on file" in preview.text
    unequal = preview.form("publish").submit(signers="everybody")
    assert unequal.status == 422
    assert "1 boxes to tick and the Spanish one 0" in unequal.errors[""]
    preview = preview.click("Go on writing").form("draft").submit(es=WORDS["es"])
    stale = unequal.form("publish").submit(signers="new")
    assert stale.status == 409
    past = preview.form("publish").submit(signers="everybody", on="2026-11-22")
    assert list(past.errors) == ["on"]
    assert list(past.form("publish").send(signers="").errors) == ["signers"]
    done = past.form("publish").submit(signers="everybody", on="2026-11-23")
    assert "Published. It never changes any more." in done.toasts[0]
    [new, old] = versions_of(forms.session, K.PRIVACY)
    assert (new.number, new.signs_again, new.published_by) == (2, True, "Morgan Ellery")
    assert old.is_in_force(forms.now)
    assert "Replaced" in done.text
    assert done.click("Version 1").h1 == "Privacy notice received, version 1"
    assert admin.get("/admin/forms/privacy/preview").path == "/admin/forms/privacy"
    assert admin.get("/admin/forms/nonsense").status == 404


def test_two_administrators_do_not_overwrite_each_other(forms: Forms, sign_in_as):
    admin = sign_in_as(Role.ADMIN)
    one, two = admin.get("/admin/forms/privacy/draft"), admin.get("/admin/forms/privacy/draft")
    one.form("draft").submit(en=WORDS["en"], es=WORDS["es"])
    late = two.form("draft").submit(en="# Mine\n\nwords", es="# Mías\n\npalabras")
    assert late.status == 409
    assert late.form("draft").values["en"][0].startswith("# Mine")
    assert "What is saved now" in "".join(late.root.itertext())


def test_forms_are_nobodys_but_their_roles(forms: Forms, sign_in_as, come):
    stranger = sign_in_as(Role.PHYSICIAN, name="Not Tied")
    assert sign_in_as(Role.COORDINATOR).get("/admin/forms").status == 403
    assert stranger.get(f"/patients/{forms.ana.id}/forms").status == 403
    ask_to_sign(forms.session, forms.ana.id, of_pain=False, ring=RING, by=COORDINATOR, now=forms.now)
    forms.session.commit()
    assert come(path="/my-plan").status == 404

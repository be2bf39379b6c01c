"""Every text of the package: what it may never say, what stands in for it, and what an administrator cannot undo."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clinic.messaging import actions, queries
from clinic.messaging.actions import tasks
from clinic.messaging.errors import MissingVariable
from clinic.messaging.queries.history import TextRow
from clinic.messaging.queries.wordings import Wording, in_editions
from clinic.messaging.rules.consent import refusal_of
from clinic.messaging.rules.editing import complaints, words_of
from clinic.messaging.rules.kinds import Category, OutsideWindow, Policy, Subject
from clinic.messaging.rules.lint import (
    faults,
    offered_replies,
    word_faults,
)
from clinic.messaging.rules.plan_data import all_plans
from clinic.messaging.rules.plans import condition_of, rows_that_wait
from clinic.messaging.rules.templates import Facts, Template, all_templates, current, render, stand_ins
from clinic.messaging.rules.wording import NAMES
from clinic.web.admin.texts_purposes import GROUPS, PURPOSES
from clinic.web.admin.texts_words import SENT_ON_DEMAND, history, spot_labels, waits_for
from tests.domains.messaging.desk import TESTER, Desk, reader
from tests.domains.messaging.provider import Provider

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100", site="https://clinic.example")
KEYS = [template.key for template in all_templates()]
DRY = sorted(stand_ins())
DRINKING = re.compile(
    r"\b(drink|drinking|water|sips?|sipping|hydrat\w*|fluids?|glass|beb\w+|tom[ae] .*(agua|sorbos)|agua|sorbos?|vasos?|"
    r"l[ií]quidos?)\b",
    re.IGNORECASE,
)
# The list that the texts have to be free of, word by word, and its Spanish sisters.
FORBIDDEN = [
    *("ketamine", "dose", "doses", "medication", "prescription", "refill", "Rx", "drug", "treatment", "session"),
    *("pharmacy", "troche", "depression", "depressed", "anxiety", "blood pressure", "cancel", "controlled"),
    *("ketamina", "dosis", "medicamento", "medicina", "receta", "resurtido", "fármaco", "tratamiento", "sesión"),
    *("farmacia", "pastilla", "depresión", "ansiedad", "presión", "cancelar", "controlado", "terapia", "síntoma"),
    *("lorazepam", "sertraline", "Zofran", "Xanax", "naltrexone", "esketamine", "Spravato", "propranolol", "50 mg"),
    *("$", "€20", "20 dollars", "dólares", "precio", "the cost", "fee", "copay", "descuento"),
    *("bit.ly/a", "https://clinic.example/x", "www.example.org", "example.org", "ftp://example.org"),
]


def every_word_of(template: Template) -> list[str]:
    return [*template.texts.values(), *template.texts_without_link.values()]


def written(key: str, language: str = "en", *, link: str | None = "https://c.example/v/x", **variables: str) -> str:
    return render(
        current(key), variables=variables, language=language, zone="America/New_York", facts=FACTS, link_url=link
    )


def test_every_text_has_a_name_a_purpose_a_place_on_the_page_and_a_name_for_tasks():
    keys = set(KEYS)
    assert set(NAMES) >= keys
    assert set(PURPOSES) == keys
    grouped = [key for group in GROUPS.values() for key in group]
    assert sorted(grouped) == sorted(keys)
    for template in all_templates():
        if template.category not in {Category.AUTO, Category.STAFF}:
            assert tasks.name_in_task(template.key) != "A text", template.key


@pytest.mark.parametrize("words", FORBIDDEN)
@pytest.mark.parametrize("key", ["BOOK_CONFIRM", "HOLD_TODAY", "NEWSLETTER", "ON_CALL_PAGE", "HELP_REPLY"])
def test_a_forbidden_word_is_refused_in_a_text_of_every_class(key: str, words: str):
    template = current(key)
    english = template.texts["en"] + " " + words
    assert any("Take out" in fault for fault in faults(replace(template, texts={**template.texts, "en": english})))
    assert any("Take out" in fault for fault in complaints(template, words_of(template) | {"en": english})["en"])


@pytest.mark.parametrize("template", all_templates(), ids=KEYS)
def test_every_text_says_who_writes(template: Template):
    assert all(words.startswith("{clinic}: ") for words in every_word_of(template))
    broken = {language: words.removeprefix("{clinic}: ") for language, words in template.texts.items()}
    assert any("begin with" in fault for fault in faults(replace(template, texts=broken)))


@pytest.mark.parametrize(
    "ask",
    [
        *(
            "Reply YES to confirm",
            "Reply CANCEL to move it",
            "Reply END",
            "Text QUIT",
            "Reply INFO",
            "Reply STOP if late",
        ),
        *(
            "Reply UNSTOP",
            "Text STOPALL",
            "reply revoke",
            "Responda BAJA",
            "Responda ALTO",
            "Conteste PARAR",
            "Reply start",
        ),
    ],
)
def test_no_text_asks_for_a_word_that_opts_out_or_in(ask: str):
    assert any(
        "opts out or in" in fault or "STOP, HELP and START" in fault for fault in word_faults(f"{{clinic}}: {ask}")
    )


SYMPTOMS = ("Chest pain", "severe headache", "trouble breathing")
SINTOMAS = ("Dolor de pecho", "dolor de cabeza fuerte", "dificultad para respirar")


def test_a_text_for_safety_and_no_other_names_the_symptoms_of_an_emergency():
    hold = current("HOLD_TODAY")
    assert faults(hold) == []
    assert all(symptom in hold.texts["en"] for symptom in SYMPTOMS)
    assert all(symptom in hold.texts["es"] for symptom in SINTOMAS)
    others = replace(current("VISIT_NO_SHOW"), texts=hold.texts, texts_without_link={})
    assert any("“pain”" in fault for fault in faults(others))
    assert any("“Dolor”" in fault for fault in faults(others))


@pytest.mark.parametrize("words", ["Back pain", "Dolor de espalda", "Your pain", "Chest pain and depression"])
def test_a_text_for_safety_names_nothing_else_of_the_kind(words: str):
    hold = current("HOLD_TODAY")
    assert any("clinical word" in fault for fault in word_faults(f"{{clinic}}: {words}", of=hold))


@pytest.mark.parametrize("key", DRY)
def test_a_text_for_who_may_not_drink_says_nothing_of_drinking(key: str):
    for words in every_word_of(current(key)):
        assert not DRINKING.search(words), words


@pytest.mark.parametrize("key", DRY)
@pytest.mark.parametrize("words", ["Drink water.", "Take small sips.", "Beba agua.", "Hydrate well.", "Tome un vaso."])
def test_nobody_can_put_such_advice_back_into_it(key: str, words: str):
    template = current(key)
    told = complaints(template, words_of(template) | {"en": template.texts["en"] + " " + words})["en"]
    assert any("may not drink" in sentence for sentence in told)


def test_whatever_tells_somebody_to_drink_has_a_text_for_who_may_not():
    wet = [one for one in all_templates() if any(DRINKING.search(words) for words in every_word_of(one))]
    assert {one.key for one in wet} == {one.key for one in all_templates() if one.without_fluids}
    for one in wet:
        variant = current(one.without_fluids or "")
        alike = ("about", "category", "lane", "policy", "when_outside_window", "asks", "valid_hours", "is_session_day")
        assert {name: getattr(one, name) for name in alike} == {name: getattr(variant, name) for name in alike}
        assert any("may not drink" in fault for fault in faults(replace(one, without_fluids=None)))


@pytest.mark.parametrize("template", all_templates(), ids=KEYS)
def test_only_a_text_that_asks_offers_replies_and_they_are_one_and_two(template: Template):
    for words in every_word_of(template):
        assert offered_replies(words) == (["1", "2"] if template.asks else [])


def test_a_template_whose_rules_do_not_fit_its_words_is_refused():
    asks, plain = current("PREP_48H_SITTER"), current("BOOK_CONFIRM")
    assert any("none where it does not" in fault for fault in faults(replace(asks, asks=None)))
    assert any("offer the replies" in fault for fault in faults(replace(plain, asks="visit")))
    assert any("nothing knows that question" in fault for fault in faults(replace(asks, asks="weather")))
    assert any("to stand in for it" in fault for fault in faults(replace(plain, without_fluids="NOTHING")))
    assert any("one language than in the other" in fault for fault in faults(
        replace(plain, texts={**plain.texts, "es": plain.texts["es"].replace("{time}", "")})
    ))  # fmt: skip
    news = current("NEWSLETTER")
    without_end = {language: re.split(r" (Reply|Responda)", words)[0] for language, words in news.texts.items()}
    assert any("how such texts end" in fault for fault in faults(replace(news, texts=without_end)))
    canceled = current("VISIT_CANCELED")
    mute = {language: words.replace("{phone}", "us") for language, words in canceled.texts_without_link.items()}
    assert any("must name {phone}" in fault for fault in faults(replace(canceled, texts_without_link=mute)))


def test_classes_times_and_policies_are_those_of_the_rules():
    of = {category: {one.key for one in all_templates() if one.category is category} for category in Category}
    assert of[Category.SAFETY] == {
        *("HOLD_TODAY", "CHECKLIST_MISSING", "POST_REST", "POST_REST_DRY", "POST_EVENING", "POST_EVENING_DRY")
    }
    assert of[Category.STAFF] == {"ON_CALL_PAGE"}
    assert of[Category.MARKETING] == {"NEWSLETTER"}
    dropped = {one.key for one in all_templates() if one.when_outside_window is OutsideWindow.DROP}
    by_the_hour = (
        "SLOT_OFFER",
        "VISIT_15M",
        "HYDRATE_2H",
        "HYDRATE_2H_DRY",
        "HYDRATE_DAYBEFORE",
        "HYDRATE_DAYBEFORE_DRY",
    )
    assert dropped == {*by_the_hour, *(of[Category.SAFETY] - {"HOLD_TODAY"})}
    assert current("HOLD_TODAY").when_outside_window is OutsideWindow.FIRST_THING
    assert current("FASTING").when_outside_window is OutsideWindow.EARLIER
    once = {one.key for one in all_templates() if one.policy is Policy.AT_MOST_ONCE and one.about != "inbound_text"}
    assert once == {
        *(
            "HYDRATE_DAYBEFORE",
            "HYDRATE_DAYBEFORE_DRY",
            "HYDRATE_2H",
            "HYDRATE_2H_DRY",
            "SURVEY_NUDGE1",
            "SURVEY_NUDGE2",
            "SHIP_CONFIRM",
            "SHIP_COUNT",
            "SHIP_LEFT",
            "PAY_CARD_ENDS",
        ),
        "NEWSLETTER",
    }
    assert current("CRISIS_REPLY").policy is Policy.AT_LEAST_ONCE
    asked = {one.key: one.asks for one in all_templates() if one.asks}
    assert asked == {
        "VISIT_24H": "visit",
        "VISIT_TOMORROW": "visit",
        "VISIT_TOMORROW_DRY": "visit",
        "PREP_48H_SITTER": "support_person",
        "SLOT_OFFER": "offered_time",
    }


@pytest.mark.parametrize(
    ("key", "consented", "opted_out", "refusal"),
    [
        ("NEWSLETTER", True, False, "no_marketing_consent"),
        ("NEWSLETTER", False, False, "no_marketing_consent"),
        ("BOOK_CONFIRM", True, False, None),
        ("BOOK_CONFIRM", False, False, "no_consent"),
        ("POST_REST", False, False, "no_consent"),
        ("HOLD_TODAY", True, True, "opted_out"),
        ("SHIP_RECALL", True, True, "opted_out"),
        ("ON_CALL_PAGE", False, False, None),
        ("LOGIN_CODE", False, False, None),
        ("CRISIS_REPLY", False, True, None),
        ("HELP_REPLY", False, True, None),
        ("AFTER_HOURS", True, True, "opted_out"),
    ],
)
def test_who_may_get_which_class(key: str, consented: bool, opted_out: bool, refusal: str | None):
    told = refusal_of(current(key), consented_at=NOW if consented else None, opted_out_at=NOW if opted_out else None)
    assert told == refusal


def test_the_new_names_in_braces_become_what_they_stand_for():
    fasting = written("FASTING", starts_at="2026-11-25T12:30:00+00:00", until="2026-11-25T14:30:00+00:00")
    assert fasting.startswith(
        "Demo Home Clinic: Finish food by Wed Nov 25, 7:30 AM ET. Sips of water OK until 9:30 AM ET."
    )
    assert "FedEx" in written("SHIP_ATTEMPT", carrier="FedEx")
    assert "482915" in written("LOGIN_CODE", link=None, code="482915")
    by_hand = written("STAFF_TEXT", "es", link=None, words="Hola {clinic} \u2013 nos vemos a las 3.")
    assert by_hand == "Demo Home Clinic: Hola {clinic} - nos vemos a las 3."


def test_a_text_without_a_link_of_its_own_leads_to_a_page_of_our_site():
    page = written("ON_CALL_PAGE", link=None, page="/on-call/pages/1")
    assert page == "Demo Home Clinic: Please open your on-call page now: https://clinic.example/on-call/pages/1"


@pytest.mark.parametrize(
    ("key", "variables", "missing"),
    [
        ("SHIP_SENT", {"starts_at": "2026-11-25T12:30:00+00:00"}, "carrier"),
        ("LOGIN_CODE", {}, "code"),
        ("STAFF_TEXT", {}, "words"),
        ("FASTING", {"starts_at": "2026-11-25T12:30:00+00:00"}, "until"),
        ("BOOK_CONFIRM", {}, "starts_at"),
    ],
)
def test_what_nobody_provides_is_named(key: str, variables: dict[str, str], missing: str):
    with pytest.raises(MissingVariable, match=missing):
        written(key, **variables)


def test_a_name_that_no_text_knows_is_refused_and_never_sent():
    strange = replace(current("LOGIN_CODE"), texts={"en": "{clinic}: {dog}", "es": "{clinic}: {dog}"})
    assert any("Take out {dog}" in fault for fault in faults(strange))
    with pytest.raises(MissingVariable, match="dog"):
        render(strange, variables={}, language="en", zone="UTC", facts=FACTS, link_url=None)


@pytest.mark.parametrize(
    ("key", "words", "told"),
    [
        ("STAFF_TEXT", "{clinic}: Hello.", "Put {words} back in"),
        ("STAFF_TEXT", "{clinic}: {words} Reply STOP to opt out.", "Shorten it by"),
        ("LOGIN_CODE", "{clinic}: Your code is on its way.", "Put {code} back in"),
        ("CRISIS_REPLY", "{clinic}: Call 911 now.", "Keep 988"),
        ("BOOK_CONFIRM", "{clinic}: {date}, {time}: drink water. {link} Reply STOP to opt out.", "may not drink"),
    ],
)
def test_an_administrator_cannot_take_out_what_a_text_is_for(key: str, words: str, told: str):
    found = complaints(current(key), words_of(current(key)) | {"en": words})["en"]
    assert any(told in sentence for sentence in found), found


def test_what_a_page_calls_sent_is_sent_by_the_code_and_the_rest_waits():
    root = Path(__file__).parents[3] / "clinic"
    apart = {"wording.py", "tasks.py", "texts_words.py", "texts_purposes.py"}
    code = "\n".join(path.read_text() for path in root.rglob("*.py") if path.name not in apart)
    for key in KEYS:
        is_sent_by_code = f'"{key}"' in code and condition_of(all_plans(), key) is None
        assert is_sent_by_code == (key in SENT_ON_DEMAND), key


def test_a_text_waits_only_while_its_condition_cannot_be_judged():
    plans = all_plans()
    assert waits_for("BOOK_CONFIRM", plans) is None
    assert waits_for("VISIT_TOMORROW_DRY", plans) is None
    assert waits_for("STOP_REPLY", plans) is None
    assert waits_for("NEWSLETTER", plans) == "a part of the program that a later release brings"
    assert waits_for("HOLD_TODAY", plans) is None
    unknown = replace(plans, waits_for={"checklist_failed": "somebody who judges it"})
    assert waits_for("HOLD_TODAY", unknown) == "somebody who judges it"
    assert [reason for _, reason in rows_that_wait(unknown)] == ["somebody who judges it"]


def test_words_of_an_older_edition_stay_readable_behind_those_that_followed():
    first = current("BOOK_CONFIRM")
    second = replace(first, version=2, texts={**first.texts, "en": "{clinic}: New words {link}"})
    changes = [
        Wording(edition=edition, number=number, words={"en": "own"}, is_shipped=False, at=NOW, who="Ada", reason="Why")
        for edition, number in ((2, 3), (1, 2), (1, 1))
    ]
    found = in_editions([first, second], changes)
    assert [(one.edition, one.number) for one in found] == [(2, 3), (2, 0), (1, 2), (1, 1), (1, 0)]
    assert [one.words for one in found if one.number == 0] == [words_of(second), words_of(first)]
    told = history(found, labels=spot_labels(second), zone="America/New_York")
    assert [one.title for one in told] == ["Version 3", "As it came, edition 2", "Version 2", "Version 1", "As it came"]


def plan_for_patient(desk: Desk, key: str, about: str, **variables: datetime | str) -> list[TextRow]:
    patient = desk.patient()
    with desk.runtime.begin(by=TESTER) as session:
        actions.plan(
            session,
            template_key=key,
            recipient=reader(patient),
            subject=Subject(kind=about, id=patient.id),
            variables=variables,
            link_id=None,
            due_at=desk.clock(),
            now=desk.clock(),
            by=TESTER,
        )
        return queries.texts_about(session, subject_kind=about, subject_id=patient.id, facts=FACTS)


def test_a_text_is_not_even_planned_while_something_to_put_in_it_is_missing(desk: Desk):
    with pytest.raises(MissingVariable, match="words"):
        plan_for_patient(desk, "STAFF_TEXT", "conversation")
    with pytest.raises(MissingVariable, match="link"):
        plan_for_patient(desk, "ON_CALL_PAGE", "on_call_page")


def test_a_page_of_our_own_site_is_as_good_as_a_link_and_leaves_as_one(desk: Desk, provider: Provider):
    (row,) = plan_for_patient(desk, "ON_CALL_PAGE", "on_call_page", page="/on-call/1")
    assert row.body == "Demo Home Clinic: Please open your on-call page now: (link)"
    desk.send(lane=1)
    site = desk.runtime.clinic.public_base_url
    assert provider.calls[-1].body.endswith(f"Please open your on-call page now: {site}/on-call/1")


def test_a_code_is_read_on_the_phone_and_nowhere_else(desk: Desk, provider: Provider):
    (row,) = plan_for_patient(desk, "LOGIN_CODE", "patient", code="482915")
    assert "482915" not in row.body
    assert "(code)" in row.body
    desk.send(lane=1)
    assert "482915" in provider.calls[-1].body

"""Signing: exactly what is in force, once, and never changed; and taking it back."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import delete, event, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from clinic.consents.actions.documents import install_forms, publish_version, save_draft
from clinic.consents.actions.withdrawing import withdraw
from clinic.consents.errors import (
    AlreadyPublished,
    FormReplaced,
    NotWithdrawable,
    SigningIncomplete,
    StartRefused,
    UnknownForm,
    WordsRefused,
)
from clinic.consents.models import ConsentSignature, ConsentText, ConsentVersion, ConsentWithdrawal
from clinic.consents.queries.documents import current_versions, draft_of, signed_counts, versions_of
from clinic.consents.queries.signatures import signatures_of, signed_form
from clinic.consents.queries.standing import standing_of
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.rules.signing import STATEMENTS
from clinic.consents.rules.words import fingerprint
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.worklist import queries as tasks
from tests.domains.consents.form_makers import ADMIN, ALWAYS, WORDS, Forms
from tests.domains.scheduling.calendar_makers import COORDINATOR, patient_actor

K = ConsentKind


def kinds_of_tasks(forms: Forms) -> list[str]:
    return sorted(task.kind.value for task in tasks.open_items_of_patient(forms.session, patient_id=forms.ana.id))


def test_a_new_clinic_starts_with_one_version_of_each_and_keeps_its_own(forms: Forms):
    assert {kind: one.number for kind, one in current_versions(forms.session, now=forms.now).items()} == dict.fromkeys(
        ConsentKind, 1
    )
    forms.publish(K.PRIVACY)
    install_forms(forms.session, by=ADMIN, now=forms.now)
    assert [one.number for one in versions_of(forms.session, K.PRIVACY)] == [2, 1]


def test_a_signature_keeps_what_was_shown_and_how_it_was_given(forms: Forms):
    row = forms.sign(K.OFF_LABEL, language="es")
    found = signed_form(forms.session, row.id, patient_id=forms.ana.id)
    assert found.words.words.startswith("# Sobre su tratamiento")
    assert row.sha256 == fingerprint(found.words.words)
    assert (row.typed_name, row.is_other_name, row.at) == ("Jose Nunez", False, forms.now)
    assert (row.address, row.agent, row.statement) == ("203.0.113.5", "A phone", STATEMENTS["es"])
    assert row.boxes == list(found.words.text.boxes)
    assert forms.statuses()["off_label"] == "current"
    with pytest.raises(UnknownForm):
        signed_form(forms.session, row.id, patient_id=forms.clinic.patient().id)


def test_the_same_form_twice_is_one_signature(forms: Forms):
    first, again = forms.sign(K.PRIVACY), forms.sign(K.PRIVACY, typed_name="")
    assert first.id == again.id
    assert [row.id for row in signatures_of(forms.session, forms.ana.id)] == [first.id]


def test_a_form_that_was_replaced_meanwhile_is_not_signed(forms: Forms):
    old = forms.given(K.PRIVACY)
    forms.publish(K.PRIVACY, signs_again=False)
    for version_id in (old.version_id, new_id(), forms.current(K.TELEHEALTH).id):
        with pytest.raises(FormReplaced):
            forms.sign(K.PRIVACY, version_id=version_id)
    assert signatures_of(forms.session, forms.ana.id) == []


@pytest.mark.parametrize(("kind", "changes"), [(K.PAIN_NJ, {"of_pain": True}), (K.PAIN_FL, {})])
def test_what_is_not_the_patients_to_sign_is_unknown(forms: Forms, kind: ConsentKind, changes: dict[str, bool]):
    with pytest.raises(UnknownForm):
        forms.sign(kind, **changes)
    with pytest.raises(UnknownForm):
        forms.sign(K.PRIVACY, language="fr")
    assert forms.sign(K.PAIN_FL, of_pain=True)


def test_all_that_is_missing_comes_back_at_once_and_nothing_is_kept(forms: Forms):
    with pytest.raises(SigningIncomplete) as refused:
        forms.sign(K.OFF_LABEL, boxes=frozenset({2}), typed_name="Ann Other", agrees_to_electronic=False)
    assert refused.value.faults == {
        "box_1": "box_missing",
        "is_my_name": "name_differs",
        "agrees_to_electronic": "not_electronic",
    }
    row = forms.sign(K.OFF_LABEL, typed_name="Ann Other", is_my_name=True)
    assert row.is_other_name
    shared = forms.sign(K.RELEASE, released_to="Dr. Lin, Miami")
    assert (shared.released_to, row.released_to) == ("Dr. Lin, Miami", None)


def test_versions_make_signatures_outdated_only_where_everybody_signs_again(forms: Forms):
    forms.sign_all()
    assert forms.standing().is_complete
    forms.publish(K.PRIVACY, signs_again=False)
    assert forms.standing().is_complete
    forms.publish(K.PRIVACY, at=forms.now + timedelta(days=2))
    assert forms.standing().is_complete
    forms.now += timedelta(days=2)
    assert [form.kind for form in forms.standing().missing] == [K.PRIVACY]
    assert forms.statuses()["privacy"] == "outdated"
    forms.sign(K.PRIVACY)
    assert forms.standing().is_complete
    counts = {one.number: signed_counts(forms.session).get(one.id, 0) for one in versions_of(forms.session, K.PRIVACY)}
    assert counts == {3: 1, 2: 0, 1: 1}


def test_one_statement_tells_of_many_patients(forms: Forms):
    others = [forms.clinic.patient(state="NJ", postal_code="07102", county_fips="34013") for _ in range(3)]
    forms.sign_all(others[0])
    forms.session.flush()
    statements: list[str] = []
    event.listen(forms.session.bind, "before_cursor_execute", lambda *given: statements.append(given[2]))
    ids = [forms.ana.id, *(each.id for each in others), new_id()]
    found = standing_of(forms.session, ids, forms.now, of_pain={others[0].id, others[1].id})
    assert len(statements) == 1
    assert set(found) == set(ids[:-1])
    assert [form.kind for form in found[others[0].id].missing] == [K.PAIN_NJ]
    assert [form.kind for form in found[others[1].id].missing] == [
        K.TELEHEALTH, K.OFF_LABEL, K.TREATMENT_AGREEMENT, K.PAIN_NJ, K.PRIVACY,
    ]  # fmt: skip
    assert {form.kind for form in found[forms.ana.id].missing} == set(ALWAYS)


def test_a_withdrawal_keeps_the_signature_and_tells_people(forms: Forms):
    forms.sign_all()
    row = forms.sign(K.TREATMENT_AGREEMENT)
    by = patient_actor(forms.ana)
    said = withdraw(forms.session, row.id, patient_id=forms.ana.id, note=None, by=by, now=forms.now)
    assert (said.told_by, said.note) == ("patient", None)
    assert forms.statuses()["treatment_agreement"] == "withdrawn"
    assert kinds_of_tasks(forms) == ["consent_withdrawn", "form_withdrawn"]
    with pytest.raises(NotWithdrawable):
        withdraw(forms.session, row.id, patient_id=forms.ana.id, note=None, by=by, now=forms.now)
    forms.now += timedelta(hours=1)
    again = forms.sign(K.TREATMENT_AGREEMENT)
    assert again.id != row.id
    assert forms.standing().is_complete
    counts = {one.id: one.withdrawn_at is None for one in signatures_of(forms.session, forms.ana.id)}
    assert (counts[again.id], counts[row.id]) == (True, False)


def test_by_telephone_only_the_desk_hears_where_no_care_depends_on_it(forms: Forms):
    row = forms.sign(K.RELEASE, released_to="Dr. Lin")
    said = withdraw(forms.session, row.id, patient_id=forms.ana.id, note="Called", by=COORDINATOR, now=forms.now)
    assert (said.told_by, said.note, said.actor_name) == ("telephone", "Called", "Dana Reyes")
    assert kinds_of_tasks(forms) == ["form_withdrawn"]
    kept = forms.sign(K.PRIVACY)
    with pytest.raises(NotWithdrawable, match="nothing to withdraw"):
        withdraw(forms.session, kept.id, patient_id=forms.ana.id, note=None, by=COORDINATOR, now=forms.now)


def test_an_older_signature_cannot_be_withdrawn_in_place_of_the_last(forms: Forms):
    old = forms.sign(K.TELEHEALTH)
    forms.publish(K.TELEHEALTH)
    forms.now += timedelta(minutes=1)
    forms.sign(K.TELEHEALTH)
    with pytest.raises(NotWithdrawable):
        withdraw(forms.session, old.id, patient_id=forms.ana.id, note=None, by=COORDINATOR, now=forms.now)


def test_a_draft_is_one_and_a_published_version_never_changes(forms: Forms):
    draft = save_draft(forms.session, K.PRIVACY, words=WORDS, edits=0, by=ADMIN, now=forms.now)
    assert (draft.number, draft.version) == (2, 1)
    with pytest.raises(ChangedMeanwhile):
        save_draft(forms.session, K.PRIVACY, words=WORDS, edits=0, by=ADMIN, now=forms.now)
    draft = save_draft(forms.session, K.PRIVACY, words=WORDS, edits=1, by=ADMIN, now=forms.now)
    terms = {"signs_again": True, "effective_at": forms.now, "by": ADMIN, "now": forms.now}
    with pytest.raises(ChangedMeanwhile):
        publish_version(forms.session, draft.id, edits=1, **terms)
    publish_version(forms.session, draft.id, edits=2, **terms)
    with pytest.raises(AlreadyPublished):
        publish_version(forms.session, draft.id, edits=3, **terms)
    with pytest.raises(UnknownForm):
        publish_version(forms.session, new_id(), edits=1, **terms)


def test_a_draft_that_nobody_could_sign_is_not_published(forms: Forms):
    words = {"en": "# A\n\nb", "es": "# A\n\nb"}
    draft = save_draft(forms.session, K.OFF_LABEL, words=words, edits=0, by=ADMIN, now=forms.now)
    terms = {"signs_again": True, "edits": 1, "by": ADMIN, "now": forms.now}
    with pytest.raises(WordsRefused):
        publish_version(forms.session, draft.id, effective_at=forms.now, **terms)
    forms.publish(K.PRIVACY, at=forms.now + timedelta(days=5))
    late = save_draft(forms.session, K.PRIVACY, words=WORDS, edits=0, by=ADMIN, now=forms.now)
    with pytest.raises(StartRefused):
        publish_version(forms.session, late.id, effective_at=forms.now + timedelta(days=4), **terms)
    early = publish_version(forms.session, late.id, effective_at=forms.now + timedelta(days=5), **terms)
    assert early.effective_at == forms.now + timedelta(days=5)
    assert draft_of(forms.session, K.PRIVACY) is None


@pytest.mark.parametrize(
    "change",
    [
        update(ConsentVersion).values(signs_again=True, number=9),
        update(ConsentText).values(words="# Other"),
        update(ConsentSignature).values(language="es"),
        update(ConsentSignature).values(at=text("at + interval '1 day'")),
    ],
)
def test_the_database_itself_keeps_what_was_signed(forms: Forms, change):
    forms.sign(K.PRIVACY)
    forms.session.flush()
    with pytest.raises(IntegrityError), forms.session.begin_nested():
        forms.session.execute(change.execution_options(synchronize_session=False))


def test_the_application_can_neither_delete_nor_rewrite_a_withdrawal(forms: Forms):
    row = forms.sign(K.RELEASE, released_to="Dr. Lin")
    withdraw(forms.session, row.id, patient_id=forms.ana.id, note=None, by=COORDINATOR, now=forms.now)
    changes = (
        update(ConsentWithdrawal).values(told_by="patient"),
        delete(ConsentWithdrawal),
        delete(ConsentSignature),
    )
    for change in changes:
        with pytest.raises(ProgrammingError, match="permission denied"), forms.session.begin_nested():
            forms.session.execute(change.execution_options(synchronize_session=False))


def test_no_hash_but_that_of_the_words_can_be_signed(forms: Forms):
    current = forms.current(K.PRIVACY)
    mine = select(ConsentSignature.id)
    for changes in ({"sha256": "0" * 64}, {"language": "es"}, {"at": current.effective_at - timedelta(days=1)}):
        row = ConsentSignature(id=new_id(), patient_id=forms.ana.id, version_id=current.id, boxes=[], statement="Yes.")
        row.language, row.sha256, row.at = "en", current.words["en"].sha256, forms.now
        row.typed_name = "Jose Nunez"
        for name, value in changes.items():
            setattr(row, name, value)
        refuse(forms, partial(_add, forms, row))
    assert list(forms.session.scalars(mine)) == []
    draft = save_draft(forms.session, K.PRIVACY, words=WORDS, edits=0, by=ADMIN, now=forms.now)
    changed = update(ConsentText).where(ConsentText.version_id == draft.id).values(sha256="0" * 64)
    refuse(forms, partial(forms.session.execute, changed.execution_options(synchronize_session=False)))


def refuse(forms: Forms, act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), forms.session.begin_nested():
        act()


def _add(forms: Forms, row: ConsentSignature) -> None:
    forms.session.add(row)
    forms.session.flush()

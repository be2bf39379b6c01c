"""Changing one rule: the form, whom it would flag today with the new numbers, and writing the next version."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.kernel.transaction import undone
from clinic.monitoring.actions.policies import change_signals
from clinic.monitoring.errors import UnknownRule
from clinic.monitoring.queries.policies import signal_policy
from clinic.monitoring.rules.flags import EVIDENCE_WORDS
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.policy import SignalPolicy, changes
from clinic.monitoring.rules.signals import DOMAINS, RULES, Rule
from clinic.vigilance.previewing import preview
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.monitoring_rules.form import FORMS, RuleForm, Step, boxes, hint
from clinic.web.physician.monitoring_rules.words import history, rule_row, title_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """How many patients a rule flags today, by level, of how many that were looked at."""

    patients: int
    levels: list[tuple[str, int]]
    looked_at: int
    out_of: int


@blueprint.get("/monitoring-rules/<signal_rule>")
@policy.staff(Role.PHYSICIAN)
def monitoring_rule(signal_rule: str) -> ResponseReturnValue:
    """Show one rule in boxes, what it looks for and where that comes from."""
    rule = _rule(signal_rule)
    with runtime().begin(by=actor()) as session:
        known = signal_policy(session)
    return _show(rule, filled({"version": known.number, **boxes(known.rules[rule.id])}))


@blueprint.post("/monitoring-rules/<signal_rule>")
@policy.staff(Role.PHYSICIAN)
def change_monitoring_rule(signal_rule: str) -> ResponseReturnValue:
    """Show whom the new numbers would flag today, or write them as the next version."""
    rule = _rule(signal_rule)
    form = read_form(FORMS[rule.id])
    if isinstance(form, FormErrors):
        return _show(rule, form)
    if form.step is Step.BACK:
        return _show(rule, filled(form.typed(rule)))
    try:
        return _look(rule, form) if form.step is Step.LOOK else _save(rule, form)
    except ChangedMeanwhile as refusal:
        return _show(rule, form.refused(refusal), is_stale=True)
    except (Invalid, Conflict) as refusal:
        refusal.field = (refusal.field or "").removeprefix(f"rules.{rule.id}.") or None
        return _show(rule, form.refused(refusal))


def _rule(rule_id: str) -> Rule:
    rule = RULES.get(rule_id)
    if rule is None:
        raise UnknownRule("There is no such rule. Open the list of rules and choose one.")
    return rule


def _look(rule: Rule, form: RuleForm) -> ResponseReturnValue:
    """Show what is different and whom it would flag; it is written and taken back, so that refusals come here."""
    with runtime().begin(by=actor()) as session:
        before = signal_policy(session)
        with undone(session):
            after = _written(session, rule, form)
        found = list(changes(before, after))
        is_counted = bool(found) and not rule.id.startswith("E")
        return render_template(
            "physician/monitoring_rules/preview.html",
            rule=rule,
            reason=form.reason,
            changes=found,
            title_of=title_of,
            said=rule.said(after.rules[rule.id].numbers),
            was=_flagged(session, before, rule) if is_counted else None,
            will=_flagged(session, after, rule) if is_counted else None,
            number=before.number,
            fields=[(box, value) for box, value in filled(form.typed(rule)).values.items() if value],
        )


def _flagged(session: Session, known: SignalPolicy, rule: Rule) -> Flagged:
    """Count whom this rule alone flags today."""
    others_off = {key: replace(each, is_on=each.is_on and key == rule.id) for key, each in known.rules.items()}
    found = preview(session, replace(known, rules=others_off), physician_id=None, now=now())
    levels = Counter(level for by_rule in found.flagged.values() for level in by_rule.values())
    return Flagged(
        patients=found.patients,
        levels=[(level.name.capitalize(), levels[level]) for level in sorted(Level, reverse=True) if levels[level]],
        looked_at=found.looked_at,
        out_of=found.out_of,
    )


def _save(rule: Rule, form: RuleForm) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        known = _written(session, rule, form)
    is_new = known.number != form.version
    flash(f"{rule.title}: version {known.number} counts from now on." if is_new else "Nothing was different.")
    return see_other("physician.monitoring_rules")


def _written(session: Session, rule: Rule, form: RuleForm) -> SignalPolicy:
    setting = form.setting(rule)
    wanted = signal_policy(session).with_rule(rule.id, is_on=setting.is_on, numbers=setting.numbers)
    return change_signals(
        session,
        content=wanted.content(),
        reason=form.reason,
        seen_number=form.version,
        by=actor(),
        now=now(),
    )


def _show(rule: Rule, form: FormState, *, is_stale: bool = False) -> ResponseReturnValue:
    """Show the form; over a colleague's version with its number, so that saving again is a decision."""
    with runtime().begin(by=actor()) as session:
        known = signal_policy(session)
        about: list[Any] = [each for each in history(session) if any(one.rule_id == rule.id for one in each.changes)]
    page = render_template(
        "physician/monitoring_rules/rule.html",
        rule=rule,
        row=rule_row(known, rule.id),
        form=form,
        version=known.number if is_stale else form.value("version"),
        is_stale=is_stale,
        hint=hint,
        history=about,
        title_of=title_of,
        domain=DOMAINS[rule.domain],
        evidence_words=EVIDENCE_WORDS,
        clinic_zone=runtime().clinic.zone,
    )
    return page, form.status

"""The form of a rule: a box for each threshold, whether it is on, why it changes, and what to do with it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import Field, create_model

from clinic.monitoring.rules.policy import RuleSetting
from clinic.monitoring.rules.signals import RULES, Parameter, Rule
from clinic.web.frame.forms import FormModel, Line, Tick, WholeNumber


class Step(StrEnum):
    """What the pressed button asks for."""

    LOOK = "look"
    SAVE = "save"
    BACK = "back"


class RuleForm(FormModel):
    """What every rule's form has; `version` numbers what it was filled from."""

    reason: Annotated[Line, Field(max_length=300)]
    step: Step
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "reason": "Say in a few words why it changes.",
        "reason.long": "This is too long. Use at most 300 characters.",
    }

    def setting(self, rule: Rule) -> RuleSetting:
        """Return the thresholds as typed, and whether the rule is to look."""
        numbers = {key: getattr(self, key) for key in rule.parameters}
        return RuleSetting(is_on=getattr(self, "is_on", True), numbers=numbers)

    def typed(self, rule: Rule) -> dict[str, object]:
        """Return what was typed, without the button that was pressed."""
        return {**boxes(self.setting(rule)), "reason": self.reason, "version": self.version}


def boxes(setting: RuleSetting) -> dict[str, object]:
    """Return what the boxes of a rule hold."""
    return {**setting.numbers, "is_on": "yes" if setting.is_on else ""}


def hint(parameter: Parameter) -> str:
    """Return what a threshold means and between which numbers it lies."""
    return f"{parameter.meaning} {parameter.least} to {parameter.most}; came as {parameter.default}."


def _form_of(rule: Rule) -> type[RuleForm]:
    numbers: dict[str, Any] = dict.fromkeys(rule.parameters, (WholeNumber, ...))
    switch: dict[str, Any] = {"is_on": (Tick, False)} if rule.can_be_off else {}
    words = {
        key: f"“{one.words}”: enter a whole number from {one.least} to {one.most}."
        for key, one in rule.parameters.items()
    }
    made: type[RuleForm] = create_model(f"{rule.id}Form", __base__=RuleForm, **numbers, **switch)
    made.words = {**RuleForm.words, **words}
    return made


FORMS: Mapping[str, type[RuleForm]] = MappingProxyType({key: _form_of(rule) for key, rule in RULES.items()})
"""The form of each rule."""

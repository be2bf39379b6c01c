"""The signal rules: what each sees in a patient's evidence, and what several flags amount to together."""

from clinic.monitoring.rules.catalogue import DOMAINS, RULES, Parameter, Rule
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.policy import SignalPolicy
from clinic.monitoring.rules.signals.escalation import escalated
from clinic.monitoring.rules.signals.evaluating import evaluate
from clinic.monitoring.rules.signals.signal import Evaluation, Input, Signal, Standing

__all__ = [
    "DOMAINS",
    "RULES",
    "Evaluation",
    "Input",
    "Level",
    "Parameter",
    "Rule",
    "Signal",
    "SignalPolicy",
    "Standing",
    "escalated",
    "evaluate",
]

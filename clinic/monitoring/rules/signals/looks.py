"""Which function looks for which rule."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.monitoring.rules.signals import (
    body,
    course,
    doses,
    engagement,
    frequency,
    outside,
    reports,
    safety,
    substances,
    supply,
    urinary,
    withdrawal,
)
from clinic.monitoring.rules.signals.seeing import Look

LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "D01": supply.early_refills,
        "D02": supply.unit_counts,
        "D03": supply.loss_claims,
        "D04": supply.disputed_deliveries,
        "D05": supply.contact_changes,
        "D06": frequency.sessions_too_soon,
        "D07": frequency.rising_frequency,
        "D08": doses.took_more,
        "D09": doses.dose_requests,
        "D10": reports.tolerance,
        "D11": reports.craving,
        "D12": reports.dependence,
        "D13": withdrawal.withdrawal,
        "D14": reports.outside_the_plan,
        "D15": reports.outside_supply,
        "D16": engagement.missed_check_ins,
        "D17": outside.other_prescribers,
        "D18": outside.program_not_consulted,
        "D19": outside.concerns,
        "D20": outside.unexpected_tests,
        "D21": body.impaired_at_visit,
        "D22": urinary.urinary_signs,
        "D23": substances.alcohol_and_substances,
        "D24": body.memory_trouble,
        "D25": course.little_benefit,
        "D26": body.wishes_to_stop,
        "D27": course.thoughts_of_death,
        "S01": safety.headache,
        "S02": safety.blood_pressure,
        "S03": safety.severe_side_effects,
        "S04": course.rising_depression,
    }
)
"""The rules that look at evidence, by id; those that look at flags are in `escalation`."""

"""Drawings that share one time axis, each in a wide and a narrow form."""

from clinic.web.charts.timeline_lanes import Lane, Mark, lanes
from clinic.web.charts.timeline_measure import Cut, Dot, Scale, Stripe, measure
from clinic.web.charts.timeline_parts import Draw, drawn, sheet
from clinic.web.charts.timeline_pressure import Span, arrows, pressure

__all__ = [
    "Cut",
    "Dot",
    "Draw",
    "Lane",
    "Mark",
    "Scale",
    "Span",
    "Stripe",
    "arrows",
    "drawn",
    "lanes",
    "measure",
    "pressure",
    "sheet",
]

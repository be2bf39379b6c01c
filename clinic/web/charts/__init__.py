"""Drawings of numbers, made on the server as SVG that reads in the dark, in print and aloud."""

from clinic.web.charts.columns import columns
from clinic.web.charts.drawing import Point
from clinic.web.charts.lines import Series, lines
from clinic.web.charts.rows import rows
from clinic.web.charts.sparkline import sparkline

__all__ = ["Point", "Series", "columns", "lines", "rows", "sparkline"]

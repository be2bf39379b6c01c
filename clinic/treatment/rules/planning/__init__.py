"""The course planner: the best course of visits under every rule, or why there is none; pure, exact and repeatable."""

from clinic.treatment.rules.planning.course import (
    Anchor,
    Candidate,
    Course,
    Kind,
    Limit,
    NoCourse,
    Placed,
    Problem,
    Relax,
    Relaxation,
    Relaxed,
    Slack,
    Spacing,
    Span,
    Step,
    Style,
)
from clinic.treatment.rules.planning.disruption import BOOK, CANCEL, KEEP, MOVE, Booked, Reflow, Row, problems_of_rows
from clinic.treatment.rules.planning.judging import Judged, Rule, Violation, as_anchor, as_visit, judged, violations
from clinic.treatment.rules.planning.outline import MOST_AT_ONCE, Outline, longest_own_gap, outline_of, problem_of
from clinic.treatment.rules.planning.planner import alternatives, plan
from clinic.treatment.rules.planning.reflowing import reflow
from clinic.treatment.rules.planning.reviews import restart_limit
from clinic.treatment.rules.planning.slack import slack
from clinic.treatment.rules.planning.standing import Standing
from clinic.treatment.rules.planning.wishes import Wishes, anchor, candidates_of, day_of
from clinic.treatment.rules.planning.words import day_words

__all__ = [
    "BOOK",
    "CANCEL",
    "KEEP",
    "MOST_AT_ONCE",
    "MOVE",
    "Anchor",
    "Booked",
    "Candidate",
    "Course",
    "Judged",
    "Kind",
    "Limit",
    "NoCourse",
    "Outline",
    "Placed",
    "Problem",
    "Reflow",
    "Relax",
    "Relaxation",
    "Relaxed",
    "Row",
    "Rule",
    "Slack",
    "Spacing",
    "Span",
    "Standing",
    "Step",
    "Style",
    "Violation",
    "Wishes",
    "alternatives",
    "anchor",
    "as_anchor",
    "as_visit",
    "candidates_of",
    "day_of",
    "day_words",
    "judged",
    "longest_own_gap",
    "outline_of",
    "plan",
    "problem_of",
    "problems_of_rows",
    "reflow",
    "restart_limit",
    "slack",
    "violations",
]

"""Promises between packages: every fact has its reaction, every kind of task can open and be reached."""

import ast
from pathlib import Path

from clinic.kernel.crypto import KeyRing
from clinic.messaging.rules.plan_data import all_plans
from clinic.messaging.rules.templates import all_templates
from clinic.reactions import GUARDS, standing_orders
from clinic.web.admin.texts_words import waits_for
from clinic.worklist.rules import WorkKind

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*ROOT.glob("clinic/**/*.py"), *ROOT.glob("workers/**/*.py")])


def constants_of(tree: ast.Module) -> dict[str, str]:
    """Return module-level names that hold a string."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def published_topics() -> set[str]:
    topics = set()
    trees = [ast.parse(path.read_text()) for path in SOURCES]
    shared = {name: value for tree in trees for name, value in constants_of(tree).items()}
    for tree in trees:
        names = shared | constants_of(tree)
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and len(node.args) > 1):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called != "publish":
                continue
            topic = node.args[1]
            topics.add(topic.value if isinstance(topic, ast.Constant) else names[topic.id])  # type: ignore[attr-defined]
    return topics


def test_every_published_fact_has_a_standing_order_and_every_order_a_fact():
    ring = KeyRing.parse("k1:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=")
    assert published_topics() == set(standing_orders(ring))


def test_every_subject_of_a_planned_text_has_its_guard():
    sent = {template.about for template in all_templates() if waits_for(template.key, all_plans()) is None}
    assert sent - set(GUARDS) == {"inbound_text", "conversation"}  # Answers, and what somebody wrote just now.


def test_every_kind_of_task_is_opened_somewhere():
    used = "".join(path.read_text() for path in SOURCES if not {"worklist", "rules"} <= set(path.parts))
    assert [kind.name for kind in WorkKind if f"WorkKind.{kind.name}" not in used] == []

"""The rules of the house that a machine can read off the source."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = sorted([*ROOT.glob("clinic/**/*.py"), *ROOT.glob("workers/**/*.py")])
DOMAINS = (
    "audit",
    "worklist",
    "access",
    "people",
    "messaging",
    "oncall",
    "intake",
    "conversations",
    "consents",
    "scheduling",
    "monitoring",
    "treatment",
)
COMMITTERS = {ROOT / "clinic/kernel/transaction.py"}
MAY_WRITE_SQL_SAVEPOINTS = {ROOT / "clinic/kernel/transaction.py"}
VAGUE = ("utils", "helpers", "common", "manager", "misc")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - function.lineno + 1 - doc_lines(function) if body else 1


def doc_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if not ast.get_docstring(function):
        return 0
    first = function.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def calls(path: Path, name: str) -> list[int]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return [
        node.lineno
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    ]


@pytest.mark.parametrize("name", ["commit", "rollback"])
def test_nobody_commits_but_the_transaction_itself(name: str):
    guilty = {path: calls(path, name) for path in PRODUCT if path not in COMMITTERS}
    assert {str(path): lines for path, lines in guilty.items() if lines} == {}


def test_views_do_not_load_rows_by_id_past_the_owner_check():
    views = [path for path in PRODUCT if path.is_relative_to(ROOT / "clinic/web")]
    pattern = re.compile(r"session\.get\(|\bselect\(|session\.execute\(|session\.scalars?\(")
    assert [str(path) for path in views if pattern.search(path.read_text())] == []


def test_no_file_is_over_400_lines_and_half_of_them_under_100():
    sizes = {path: len(path.read_text().splitlines()) for path in PRODUCT}
    assert {str(path): size for path, size in sizes.items() if size > 400} == {}
    assert statistics.median(sizes.values()) <= 100


def test_functions_stay_short():
    sizes = {f"{path}:{one.lineno} {one.name}": length(one) for path in PRODUCT for one in functions(path)}
    assert {name: size for name, size in sizes.items() if size > 40} == {}
    ordered = sorted(sizes.values())
    assert statistics.median(ordered) <= 8
    assert ordered[int(len(ordered) * 0.9)] <= 20


def test_every_module_of_the_product_says_in_one_sentence_what_it_is_for():
    silent = [str(path) for path in PRODUCT if not (ast.get_docstring(ast.parse(path.read_text())) or "").endswith(".")]
    assert silent == []


def test_names_say_something():
    named = [path for path in PRODUCT if path.stem in VAGUE]
    doers = [f"{path}:{one.name}" for path in PRODUCT for one in functions(path) if one.name.startswith("do_")]
    assert named + doers == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_package_has_the_usual_plan(domain: str):
    allowed = {"__init__", "errors", "rules", "models", "queries", "actions", "jobs"}
    data_or_subject = {"data", "invitation", "segments", "guards", "sending"}
    found = {path.stem for path in (ROOT / "clinic" / domain).iterdir() if not path.name.startswith("__pycache__")}
    assert found - allowed - data_or_subject == set()
    init = ast.parse((ROOT / "clinic" / domain / "__init__.py").read_text())
    assert len(init.body) == 1, "a domain's __init__ is its docstring and no code"


@pytest.mark.parametrize("word", ["eta=", "countdown=", "autoretry_for", ".retry("])
def test_no_schedule_lives_in_celery(word: str):
    users = [path for path in PRODUCT if path.is_relative_to(ROOT / "workers") or "messaging" in path.parts]
    assert [str(path) for path in users if word in path.read_text()] == []


def test_templates_hold_no_inline_script_style_or_handler():
    templates = sorted(ROOT.glob("clinic/web/templates/**/*.html"))
    forbidden = re.compile(r"\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|\|\s*safe\b")
    assert [str(path) for path in templates if forbidden.search(path.read_text())] == []


def test_nothing_is_left_to_do_in_the_source():
    pattern = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|NotImplemented" + r"Error)\b")
    tracked = [*PRODUCT, *ROOT.glob("tests/**/*.py"), *ROOT.glob("clinic/web/templates/**/*.html")]
    assert [str(path) for path in tracked if pattern.search(path.read_text())] == []


def test_outbound_calls_live_in_gateways_only():
    caller = re.compile(r"^\s*(import|from) (requests|urllib\.request|httpx|http\.client|urllib3)\b", re.MULTILINE)
    allowed = (ROOT / "clinic/gateways", ROOT / "clinic/cli", ROOT / "clinic/embedded")
    guilty = [path for path in PRODUCT if not any(path.is_relative_to(folder) for folder in allowed)]
    assert [str(path) for path in guilty if caller.search(path.read_text())] == []

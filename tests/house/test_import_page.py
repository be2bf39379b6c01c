"""docs/importing-patients.md lists the columns as the reader knows them."""

from pathlib import Path

from clinic.people.rules.importing import COLUMNS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "importing-patients.md"
BEGINS, ENDS = "<!-- columns: written from clinic/people/rules/importing/columns.py; a test compares -->\n", "<!-- end"


def table() -> str:
    rows = [f"| `{one.name}` | {'yes' if one.is_required else ''} | {one.what} | {one.example} |" for one in COLUMNS]
    return "\n".join(["| column | needed | what to write | like |", "|---|---|---|---|", *rows]) + "\n"


def test_the_table_of_columns_is_what_the_reader_takes() -> None:
    written = PAGE.read_text().partition(BEGINS)[2].partition(ENDS)[0]
    assert written == table(), f"put this between the two marks:\n{table()}"

"""A simulation that is kept in a folder: stopped, gone on with, concluded again; whatever else is there stays."""

import ast
import json
import pickle
import signal
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from clinic.cli.simulate import simulate
from clinic.simulation import keeping, report
from clinic.simulation.keeping import HEAD, STATE, AnotherSize, AnotherVersion, InUse, NotASimulation, Wish, held
from clinic.simulation.lasting import play, stopping
from tests.cli.simulated_clinic import FIRST, after

WISH = Wish(patients=1, physicians=1, months=1, seed=3, first_day=FIRST)
ROOT = Path(keeping.__file__).resolve().parent


def everything(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def play_in(folder: keeping.Folder, content: str) -> None:
    """Let the database that is played in hold something else."""
    folder.restore()
    folder.live.mkdir(exist_ok=True)
    (folder.live / "rows").write_text(content)


def test_a_save_is_one_database_with_its_state_and_goes_on_as_it_was(tmp_path):
    for played in ("one", "two"):
        with held(tmp_path / "kept", WISH, named={}) as folder:
            play_in(folder, played)
            folder.save(played)
    with held(tmp_path / "kept", replace(WISH, seed=9), named={}) as folder:
        assert (folder.simulation, folder.wish) == ("two", WISH)
        assert folder.restore()
        assert (folder.live / "rows").read_text() == "two"
        assert len(list(folder.path.glob("database-*"))) == 1


def test_what_a_kill_in_the_middle_of_a_save_leaves_is_thrown_away(tmp_path):
    with held(tmp_path, WISH, named={}) as folder:
        play_in(folder, "saved")
        folder.save("saved")
        play_in(folder, "later")
        folder.live.rename(tmp_path / "database-2")
        (tmp_path / f"{STATE}.new").write_bytes(b"half")
        (tmp_path / "live").mkdir()
        (tmp_path / "mine.txt").write_text("stays")
    with held(tmp_path, WISH, named={}) as folder:
        assert folder.simulation == "saved"
        folder.restore()
        assert (folder.live / "rows").read_text() == "saved"
        assert sorted(each.name for each in tmp_path.glob("database-*")) == ["database-1"]
        folder.save("again")
    with held(tmp_path, WISH, named={}) as folder:
        assert folder.simulation == "again"
    assert (tmp_path / "mine.txt").read_text() == "stays"


@pytest.mark.parametrize("found", [{"thesis.txt": b"x"}, {HEAD: b"[]"}, {HEAD: b'{"patients": 3}'}, {STATE: b"x"}])
def test_a_folder_with_something_else_in_it_is_refused_and_left_as_it_is(tmp_path, found):
    for name, content in found.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(NotASimulation, match=r"Name a|Name another"), held(tmp_path, WISH, named={}):
        pytest.fail("it was opened")
    assert everything(tmp_path) == found


def test_a_folder_in_use_is_refused(tmp_path):
    with (
        held(tmp_path, WISH, named={}),
        pytest.raises(InUse, match="Another process"),
        held(tmp_path, WISH, named={}),
    ):
        pytest.fail("it was opened")
    with held(tmp_path, WISH, named={}):
        pass


@pytest.mark.parametrize("part", ["format", "schema", "parts"])
def test_what_another_version_kept_is_refused(tmp_path, part):
    with held(tmp_path, WISH, named={}):
        pass
    head = json.loads((tmp_path / HEAD).read_text())
    (tmp_path / HEAD).write_text(json.dumps(head | {part: "another"}))
    with pytest.raises(AnotherVersion, match="another version of this program"), held(tmp_path, WISH, named={}):
        pytest.fail("it was opened")


@pytest.mark.parametrize("kept", [b"", b"half", pickle.dumps("x").replace(b"x", b"\xff"), b"cclinic.gone\nGone\n."])
def test_a_state_that_cannot_be_read_is_refused(tmp_path, kept):
    with held(tmp_path, WISH, named={}):
        pass
    (tmp_path / STATE).write_bytes(kept)
    with pytest.raises(AnotherVersion, match="another folder"), held(tmp_path, WISH, named={}):
        pytest.fail("it was opened")


@pytest.mark.parametrize("name", sorted(asdict(WISH)))
def test_what_is_named_must_be_as_it_was_when_the_simulation_began(tmp_path, name):
    with held(tmp_path, WISH, named={}):
        pass
    with held(tmp_path, WISH, named=asdict(WISH)):
        pass
    option = "--from" if name == "first_day" else f"--{name}"
    with pytest.raises(AnotherSize, match=f"begun with {option} "), held(tmp_path, WISH, named={name: 77}):
        pytest.fail("it was opened")


def test_a_disk_without_room_is_named_before_anything_is_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping.shutil, "disk_usage", lambda _: Full)
    with held(tmp_path, WISH, named={}) as folder:
        play_in(folder, "rows")
        folder.save("saved")
        with pytest.raises(keeping.NoRoom, match="Make room"):
            folder.restore()


class Full:
    free = 0


def test_months_end_where_the_calendar_says():
    wish = replace(WISH, months=2)
    ends = {wish.month_of(FIRST), wish.month_of(wish.size.last_day)}
    assert sorted(map(str, ends)) == ["2027-02-03", "2027-03-03"]
    assert str(wish.month_of(min(ends))) == "2027-02-03"


def test_a_second_signal_gives_up_at_once(capfd):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stopping() as stops:
        assert not stops()
        signal.raise_signal(signal.SIGTERM)
        assert stops()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert "once more gives up" in capfd.readouterr().err


def test_a_kept_simulation_is_stopped_gone_on_with_and_concluded_as_often_as_somebody_asks(tmp_path):
    days: list[object] = []
    for looks in (2, 60):
        with held(tmp_path, WISH, named={}) as folder:
            stopped = play(folder, told=days.append, stops=after(looks))
    assert len(days) == len(set(days)) > 0
    stopped.day = stopped.size.last_day.replace(year=2028)  # As if it had been played to its end.
    with held(tmp_path, WISH, named={}) as folder:
        folder.restore()
        folder.save(stopped)
    kept = (tmp_path / STATE).read_bytes()
    told = [conclude_again(tmp_path) for _ in range(2)]
    assert told[0] == told[1]
    assert json.loads(told[0][0])["played_until"] == str(days[-1])
    assert ((tmp_path / STATE).read_bytes(), (tmp_path / "live").exists()) == (kept, False)


def conclude_again(folder: Path) -> tuple[str, str]:
    result = CliRunner().invoke(simulate, ["--keep", str(folder), "--report", str(folder / "report")])
    assert result.exit_code == 0, result.output
    assert "It was played to its end." in result.stderr
    return result.stdout, (folder / "report" / report.ALL).read_text()


def test_a_kept_simulation_has_no_other_database(tmp_path):
    result = CliRunner().invoke(simulate, ["--keep", str(tmp_path), "--database", "postgresql://localhost/x"])
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "leave out --database" in result.stderr


PLANS = frozenset({"at", "later", "after", "_at", "_after"})


def closures_planned(tree: ast.Module) -> list[int]:
    """Return the lines where something is planned that cannot be pickled: a lambda, or a function within another."""
    inner = {
        one.name
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef)
        for one in ast.walk(outer)
        if isinstance(one, ast.FunctionDef) and one is not outer
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    given = [each for call in calls if call.func.attr in PLANS for each in call.args]
    return [
        each.lineno
        for each in given
        if any(isinstance(one, ast.Lambda) or (isinstance(one, ast.Name) and one.id in inner) for one in ast.walk(each))
    ]


def test_everything_that_is_planned_can_be_pickled():
    files = [*ROOT.glob("*.py"), ROOT.parent / "cli" / "demo" / "phones.py"]
    found = {file.name: closures_planned(ast.parse(file.read_text())) for file in files}
    assert {name: lines for name, lines in found.items() if lines} == {}
    text = "def a(self):\n    def b(): pass\n    self.at(1, b)\n    self.after(lambda: 1)\n    self.at(1, self.b)\n"
    assert closures_planned(ast.parse(text)) == [3, 4]

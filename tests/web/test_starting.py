"""A process that starts while its database is away waits for it, and says in one line why it gives up."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from clinic.app import DatabaseAway, DatabaseNotFit, from_environment, when_open


def failing(times: int, kind: type[OperationalError | ProgrammingError] = OperationalError) -> Callable[[], list[str]]:
    left = [times]

    def look() -> list[str]:
        left[0] -= 1
        if left[0] >= 0:
            raise kind("select", {}, Exception("password of clinic_app"))
        return ["looked"]

    return look


def test_a_database_that_comes_up_a_little_later_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    pauses: list[float] = []
    assert when_open(failing(3), monotonic=lambda: sum(pauses), sleep=pauses.append) == ["looked"]
    assert len(pauses) == 3
    assert [record.message for record in caplog.records] == ["waiting for the database"]


def test_a_database_that_stays_away_is_given_up_after_half_a_minute() -> None:
    pauses: list[float] = []
    with pytest.raises(DatabaseAway, match="DATABASE_URL") as refusal:
        when_open(failing(1000), monotonic=lambda: sum(pauses), sleep=pauses.append)
    assert 29 <= sum(pauses) <= 31
    assert "password" not in str(refusal.value)


def test_a_database_without_tables_is_not_waited_for() -> None:
    with pytest.raises(DatabaseNotFit, match="clinic migrate"):
        when_open(failing(1, ProgrammingError), sleep=lambda _: None)


def test_a_web_process_that_cannot_start_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SystemExit) as ending:
        from_environment()
    assert ending.value.code == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The clinic cannot start: DATABASE_URL")

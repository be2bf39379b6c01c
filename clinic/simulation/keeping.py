"""The folder in which a simulation is kept: its one save, what it was asked for, and the database being played in.

A save is unpickled, and unpickling runs what it is told to: go on only with folders that you made yourself.
"""

import fcntl
import json
import pickle
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.staff import Team
from clinic.cli.migrate import newest
from clinic.embedded import postgres
from clinic.gateways.sms.simulator import PastText
from clinic.kernel.actor import Actor
from clinic.kernel.errors import Conflict
from clinic.kernel.localtime import months_after
from clinic.people.rules import NewPatient
from clinic.simulation.answers import Answers
from clinic.simulation.behavior import Behavior
from clinic.simulation.days import Days
from clinic.simulation.invariants import Checker, Tally
from clinic.simulation.membership import Membership
from clinic.simulation.office import Office
from clinic.simulation.opening import Size
from clinic.simulation.phone import Phone
from clinic.simulation.phones import Provider
from clinic.simulation.physicians import Physicians
from clinic.simulation.program import Program
from clinic.simulation.readying import Readying
from clinic.simulation.rounds import Rounds
from clinic.simulation.running import Simulation
from clinic.simulation.signing import Signing
from clinic.simulation.supply import Supply
from clinic.simulation.visits import Visits
from clinic.simulation.world import Patient, World

FORMAT = 1
"""Goes up when what is kept means something else than before although it looks the same."""

HEAD, STATE, LOCK = "simulation.json", "state", "lock"
_LIVE, _DRAFT = "live", ".new"
_SAVE = re.compile(r"database-(\d+)")
_FIRST_DAY = "first_day"
_DAY = timedelta(days=1)
_GIGABYTE = 1e9
_PARTS = (
    *(Simulation, Days, World, Patient, Phone, Visits, Program, Supply, Membership, Answers, Readying, Signing),
    *(Rounds, Office, Physicians, Checker, Tally, Provider, Behavior, Size, Desk, Team, NewPatient, PastText, Actor),
)
_UNREADABLE = (AttributeError, EOFError, ImportError, IndexError, KeyError, TypeError, ValueError, pickle.PickleError)


class NotASimulation(Conflict):
    """Something else is in the folder."""

    code = "not_a_simulation"


class InUse(Conflict):
    """Another process plays in the folder."""

    code = "simulation_in_use"


class NoRoom(Conflict):
    """The disk is too small for a second copy of the database."""

    code = "simulation_without_room"


class AnotherVersion(Conflict):
    """Other code than this one kept the simulation."""

    code = "simulation_of_another_version"


class AnotherSize(Conflict):
    """The simulation in the folder is not the one that is asked for."""

    code = "simulation_of_another_size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a simulation is asked for."""

    patients: int
    physicians: int
    months: int
    seed: int
    first_day: date

    @property
    def size(self) -> Size:
        """Return it as the days that are played."""
        return Size(
            patients=self.patients,
            physicians=self.physicians,
            seed=self.seed,
            first_day=self.first_day,
            last_day=months_after(self.first_day, self.months) - _DAY,
        )

    def month_of(self, day: date) -> date:
        """Return the last day of the simulated month in which a day is."""
        ends = (months_after(self.first_day, number) - _DAY for number in range(1, self.months + 1))
        return next((end for end in ends if end >= day), self.size.last_day)


@dataclass
class Folder:
    """One simulation's folder while this process holds it; `simulation` is None until it was saved.

    The state names the folder of the database that belongs to it, so that both change at once.
    """

    path: Path
    wish: Wish
    simulation: Simulation | None
    _save: str

    @property
    def live(self) -> Path:
        """Return where the database is played in; whatever is there has no value until it is saved."""
        return self.path / _LIVE

    def restore(self) -> bool:
        """Copy the saved database to where it is played in; tell whether there was one. Leftovers go."""
        postgres.wait_until_stopped(self.live)
        self.leave()
        for each in self._saves():
            if each.name != self._save:
                shutil.rmtree(each)
        if self._save:
            _require_room(self.path / self._save)
            shutil.copytree(self.path / self._save, self.live)
        return bool(self._save)

    def leave(self) -> None:
        """Let go of the database that was played in; what is saved stays."""
        if self.live.exists():
            shutil.rmtree(self.live)

    def save(self, simulation: Simulation) -> None:
        """Let the database that was played in, whose server has stopped, and the state become the save, both at once.

        Whatever ends this process meanwhile, the state is the old one or the new one, and its database is there.
        """
        kept, number = self._save, max((_number(each) for each in self._saves()), default=0) + 1
        self._save, draft = f"database-{number}", self.path / (STATE + _DRAFT)
        draft.write_bytes(pickle.dumps((self._save, simulation)))
        self.live.rename(self.path / self._save)
        draft.replace(self.path / STATE)
        self.simulation = simulation
        if kept:
            shutil.rmtree(self.path / kept)

    def _saves(self) -> list[Path]:
        return [each for each in self.path.iterdir() if _SAVE.fullmatch(each.name)]


def _require_room(save: Path) -> None:
    needed, free = sum(each.lstat().st_size for each in save.rglob("*")), shutil.disk_usage(save).free
    if needed > free:
        raise NoRoom(
            f"{needed / _GIGABYTE:.1f} GB are needed beside {save}, and {free / _GIGABYTE:.1f} GB are free. "
            "Make room and call the command again; what is saved stays."
        )


def _number(save: Path) -> int:
    found = _SAVE.fullmatch(save.name)
    return int(found[1]) if found else 0


@contextmanager
def held(path: Path, wish: Wish, *, named: Mapping[str, object]) -> Iterator[Folder]:
    """Hold a folder that is new, empty or a simulation's own; what `named` says must be as it was when that began.

    Raises NotASimulation, InUse, AnotherVersion or AnotherSize, and leaves the folder as it was.
    """
    names = {each.name for each in path.iterdir()} if path.exists() else set()
    if names - {LOCK, HEAD + _DRAFT} and _kept(path) is None:
        raise NotASimulation(f"{path} has something else in it. Name a folder that is empty or not there yet.")
    path.mkdir(parents=True, exist_ok=True)
    with (path / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"Another process is playing in {path}. Wait for it, or name another folder.") from None
        kept = _kept(path) or _begin(path, wish)
        _require_same(path, kept, named)
        save, simulation = _loaded(path)
        yield Folder(path.resolve(), kept, simulation, save)


def _begin(path: Path, wish: Wish) -> Wish:
    draft = path / (HEAD + _DRAFT)
    draft.write_text(json.dumps({**_version(), **asdict(wish)}, indent=1, default=str) + "\n", encoding="utf-8")
    draft.replace(path / HEAD)
    return wish


def _kept(path: Path) -> Wish | None:
    """Return what the folder's simulation was asked for; None where none was begun."""
    try:
        found = json.loads((path / HEAD).read_text(encoding="utf-8"))
        version = {name: found.pop(name) for name in _version()}
        wish = Wish(**found | {_FIRST_DAY: date.fromisoformat(found[_FIRST_DAY])})
    except FileNotFoundError:
        return None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotASimulation(f"{path / HEAD} is not a simulation's. Name another folder.") from error
    if version != _version():
        raise AnotherVersion(_of_another_version(path))
    return wish


def _loaded(path: Path) -> tuple[str, Simulation | None]:
    """Return the name of the saved database and the simulation without a clinic; nothing where nothing was saved."""
    try:
        with (path / STATE).open("rb") as file:
            save, simulation = pickle.load(file)  # noqa: S301 - the user's own folder; see above
    except FileNotFoundError:
        return "", None
    except _UNREADABLE as error:
        raise AnotherVersion(_of_another_version(path)) from error
    return str(save), simulation


def _require_same(path: Path, kept: Wish, named: Mapping[str, object]) -> None:
    for name, asked in named.items():
        own = getattr(kept, name)
        if own != asked:
            option = "--from" if name == _FIRST_DAY else f"--{name}"
            raise AnotherSize(
                f"The simulation in {path} was begun with {option} {own}, not {asked}. "
                "Leave the option out to go on with it, or name another folder."
            )


@cache
def _version() -> Mapping[str, object]:
    """Return what must be alike in whoever keeps a simulation and who goes on with it; `parts` are what is pickled."""
    parts = [(part.__qualname__, [each.name for each in fields(part)]) for part in _PARTS]
    return {"format": FORMAT, "schema": newest(), "parts": sha256(repr(parts).encode()).hexdigest()}


def _of_another_version(path: Path) -> str:
    return (
        f"The simulation in {path} was kept by another version of this program, which may go on with it. "
        "Name another folder, or remove this one, to begin anew."
    )

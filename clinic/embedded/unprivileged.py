"""Ways for root to run a server that refuses to be root, without loosening anybody's permissions."""

import os
import shutil
import signal
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clinic.embedded import children
from clinic.embedded.children import Leash
from clinic.embedded.errors import NoWayToLeaveRoot

NOBODY = 65534


@dataclass(frozen=True)
class Way:
    """How a server program is started, and whose its files must be."""

    leash: Leash
    owner: int
    prefix: tuple[str, ...] = ()

    def run(self, argv: list[str | Path]) -> tuple[int, str]:
        """Run a program to its end this way."""
        return children.run([*self.prefix, *argv], leash=self.leash)


def way_for(program: Path, directory: Path, *, death_signal: signal.Signals) -> Way:
    """Return the first way that works here for a program and the directory it keeps its files in."""
    return _way_for(program, directory, death_signal)


@cache
def _way_for(program: Path, directory: Path, death_signal: signal.Signals) -> Way:
    if os.geteuid() != 0:
        return Way(Leash(death_signal), os.geteuid())
    for way in _ways_down(program, directory, death_signal):
        if way.run([program, "--version"])[0] == 0:
            return way
    raise NoWayToLeaveRoot(
        f"PostgreSQL does not run as root, and no other user can enter {directory}. "
        "Move the checkout out of root's home (to /srv, say), run as a normal user, or set DATABASE_URL."
    )


def _ways_down(program: Path, directory: Path, death_signal: signal.Signals) -> Iterator[Way]:
    if is_open_to_others(program) and is_open_to_others(directory / "any"):
        yield Way(Leash(death_signal, f"uid:{NOBODY}"), NOBODY)
    yield Way(Leash(death_signal, "userns"), 0)
    if setpriv := shutil.which("setpriv"):
        yield Way(Leash(death_signal), NOBODY, (setpriv, *_setpriv_options(death_signal)))


def _setpriv_options(death_signal: signal.Signals) -> tuple[str, ...]:
    """Another user who keeps the one right of root that is needed: to pass through closed directories."""
    return (
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        f"--pdeathsig={death_signal.name.removeprefix('SIG')}",
        "--",
    )


def is_open_to_others(path: Path) -> bool:
    """Tell whether every directory above a path lets other users pass."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def give(path: Path, owner: int) -> None:
    """Make a file, or a directory with all below it, the owner's; only root can, and only our own files are given."""
    if os.geteuid() != 0 or path.stat().st_uid == owner:
        return
    os.chown(path, owner, owner)
    for folder, folders, files in os.walk(path):
        for name in [*folders, *files]:
            os.chown(Path(folder, name), owner, owner, follow_symlinks=False)

"""Run as a script between us and a server: gives up root, ties the server's life to its parent's, then becomes it."""

import ctypes
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
UID_IN_NAMESPACE = 1000


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _drop_to(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _enter_user_namespace() -> None:
    """Become an ordinary user by name only: files stay those of the real user, nothing is chowned."""
    uid, gid = os.geteuid(), os.getegid()
    if _libc().unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/uid_map").write_text(f"{UID_IN_NAMESPACE} {uid} 1")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{UID_IN_NAMESPACE} {gid} 1")


def _die_with(parent: int, death_signal: int) -> None:
    """Ask the kernel for a signal when the parent ends; a change of user clears the wish, so this comes last."""
    if sys.platform != "linux":
        return
    _libc().prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # The parent ended while we were starting.


def main(arguments: list[str]) -> None:
    """Take `parent pid, signal number, way, program, its arguments` and become the program.

    The way is `plain`, `userns` or `uid:<number>`.
    """
    parent, death_signal, way, *argv = arguments
    if way == "userns":
        _enter_user_namespace()
    elif way.startswith("uid:"):
        _drop_to(int(way.removeprefix("uid:")))
    _die_with(int(parent), int(death_signal))
    os.execvp(argv[0], argv)  # noqa: S606  The caller built the argument list; no shell is wanted.


if __name__ == "__main__":
    main(sys.argv[1:])

"""The last step before an embedded server is executed: tie its life to its parent's.

    python -I -S launcher.py SIGNAL PARENT_PID ACCOUNT command...

The kernel sends SIGNAL when the parent dies, however it dies, so a killed supervisor leaves
nothing behind. This is a program of its own because `preexec_fn` may deadlock in a process with
threads. It must not import anything outside the standard library, but for `parent_death`.
"""

import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

# It is run without any path of its own.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from aiapp.concurrency.parent_death import tie_to_parent

PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION = 0x20080522


def check_result(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def become(libc: ctypes.CDLL, account: str) -> None:
    """Give up root for an account, but keep the right to enter directories of mode 700.

    PostgreSQL refuses to run as root. Keeping this one capability spares us from opening root's
    private directories, where the program and its sockets may lie, to everybody.
    """
    entry = pwd.getpwnam(account)
    check_result(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities")
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    mask = 1 << CAP_DAC_OVERRIDE
    # Effective, permitted and inheritable; then the same for capabilities above 31.
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    check_result(libc.capset(header, sets), "set capabilities")
    raised = libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
    check_result(raised, "raise ambient capability")


def main(arguments: list[str]) -> None:
    ending, parent, account, *command = arguments
    if account and sys.platform == "linux":
        # Changing the user clears the signal of the parent's death, so it comes first.
        become(ctypes.CDLL(None, use_errno=True), account)
    tie_to_parent(int(ending), int(parent))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 - the command is made by the supervisor


if __name__ == "__main__":
    main(sys.argv[1:])

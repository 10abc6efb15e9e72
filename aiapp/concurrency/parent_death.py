"""Ties a process's life to its parent's: the kernel signals it when the parent dies, however.

The launcher of the embedded mode runs this outside of an environment, so it must not import
anything beyond the standard library. Elsewhere than on Linux a parent that is killed leaves its
processes behind.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def tie_to_parent(ending: int, parent: int) -> None:
    """Have the kernel send this process a signal when its parent dies, or end if it has."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, ending, 0, 0, 0) != 0:
            error = ctypes.get_errno()
            raise OSError(error, f"parent death signal: {os.strerror(error)}")
    if os.getppid() != parent:
        sys.exit("the parent has ended already")

"""Takes the network away from the process that reads a stranger's file, and files from a query.

A filter of system calls, which the kernel keeps for this process, its threads and its children
for good, and which takes no privilege. Sockets of all kinds are refused, those of this machine's
databases too, and whatever could do without asking for one: io_uring, and reaching into another
process that has one. Where the kernel knows no such filter (outside of Linux, in some sandboxes)
the process goes on without, and says so.
"""

import ctypes
import errno
import os
import sys
from dataclasses import dataclass

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 1, 1

# Classic BPF: load a word, jump if equal or if not less, return.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
# Where `struct seccomp_data` has the number of the call, and the architecture.
_NUMBER, _ARCHITECTURE = 0, 4
# On x86-64 there is a second set of numbers for the same calls, from here on.
_X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    """The kernel's name for an architecture, and its numbers of the calls that are refused."""

    architecture: int
    seccomp: int
    network: tuple[int, ...]
    files: tuple[int, ...]


# Of the network: socket, connect, bind, listen, accept, accept4, sendto, sendmsg, ptrace,
# process_vm_readv and _writev, pidfd_getfd, io_uring_setup, bpf.
# Of files: open, creat, openat, openat2, open_by_handle_at, readlink(at), getdents(64), execve(at),
# fork, vfork, unlink(at), rename(at, at2), mkdir(at), link(at), symlink(at), mknod(at), truncate,
# chmod, fchmodat, chown, fchownat; the second machine knows those with "at" alone.
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        317,
        (41, 42, 49, 50, 43, 288, 44, 46, 101, 310, 311, 438, 425, 321),
        (
            *(2, 85, 257, 437, 304, 89, 267, 78, 217, 59, 322, 57, 58, 87, 263, 82, 264, 316),
            *(83, 258, 86, 265, 88, 266, 133, 259, 76, 90, 268, 92, 260),
        ),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        277,
        (198, 203, 200, 201, 202, 242, 206, 211, 117, 270, 271, 438, 425, 280),
        (56, 437, 265, 78, 61, 221, 281, 35, 38, 276, 34, 37, 36, 33, 45, 53, 54),
    ),
}


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_uint16),
        ("instructions", ctypes.POINTER(_Instruction)),
    )


def drop_network() -> bool:
    """Refuse sockets from now on, for good; return whether the kernel does.

    To be called before there are other threads, which would keep what they have.
    """
    machine = _find_machine()
    if machine is None:
        return False
    program = _program(machine, machine.network)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def drop_files() -> bool:
    """Refuse to open, change or start any file from now on; return whether the kernel does.

    It holds for all threads that there are. What is open stays readable, and no module can be
    loaded any more.
    """
    machine = _find_machine()
    if machine is None:
        return False
    program = _program(machine, machine.files)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.syscall(
        machine.seccomp,
        SECCOMP_SET_MODE_FILTER,
        SECCOMP_FILTER_FLAG_TSYNC,
        ctypes.byref(program),
    )


def _find_machine() -> _Machine | None:
    """Return this machine's numbers, if it has a filter of system calls that we know."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return None
    return _MACHINES.get(os.uname().machine)


def _program(machine: _Machine, numbers: tuple[int, ...]) -> _Program:
    """Kill a call by another architecture's numbers, refuse those listed, allow the rest."""
    refused = [(_EQUAL, len(numbers) - n, 0, number) for n, number in enumerate(numbers)]
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, len(refused) + 1, 0, _X32),
        *refused,
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    instructions = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    return _Program(len(steps), instructions)

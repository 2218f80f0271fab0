"""Takes rights away from the running process, for good: files by Landlock, system calls by seccomp.

Both are the Linux kernel's, need no privilege and no package, and hold for everything that the process
starts. Only the standard library is imported: the supervisor loads this before it starts PostgreSQL.

Sources: <https://docs.kernel.org/userspace-api/landlock.html>,
<https://docs.kernel.org/userspace-api/seccomp_filter.html>
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_ONLY = 1
_PATH_BENEATH = 1
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_DIR, _MAKE_FILE, _MAKE_SOCKET = 1 << 7, 1 << 8, 1 << 9
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_READ = _READ_FILE | _READ_DIR
_WRITE = (
    _READ
    | _WRITE_FILE
    | _REMOVE_DIR
    | _REMOVE_FILE
    | _MAKE_DIR
    | _MAKE_FILE
    | _MAKE_SOCKET
    | _REFER
    | _TRUNCATE
)
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
# Number of rights on files that each version of Landlock knows.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_RIGHTS_NOW = 16
_NO_TCP = 0b11
_NO_ABSTRACT_SOCKET_NO_SIGNAL = 0b11

_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_LOAD_WORD, _JUMP_IF_EQUAL, _JUMP_IF_GREATER_OR_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_AF_UNIX = 1
_X32 = 0x40000000
# The kernel's number of the architecture, of socket(2), and of what a server that only answers on a
# socket never calls: connect, ptrace, process_vm_readv and _writev, io_uring_setup, unshare, setns, mount,
# open_tree, move_mount, bpf, userfaultfd, keyctl, add_key, request_key, perf_event_open, kexec_load,
# memfd_create (which Landlock would let it execute), execveat, pidfd_getfd, init_module, finit_module.
_ARCHITECTURES = {
    "x86_64": (
        0xC000003E,
        41,
        (42, 101, 310, 311, 425, 272, 308, 165, 428, 429, 321, 323, 250, 248, 249, 298, 246, 319, 322, 438, 175, 313),
    ),
    "aarch64": (
        0xC00000B7,
        198,
        (203, 117, 270, 271, 425, 97, 268, 40, 428, 429, 280, 282, 219, 217, 218, 241, 104, 279, 281, 438, 105, 273),
    ),
}  # fmt: skip


def missing() -> tuple[str, ...]:
    """Return what this system lacks of a sandbox, in words; nothing: all of it is there."""
    if sys.platform != "linux":
        return (f"no sandbox for {sys.platform} is known to this tool",)
    found = []
    if landlock_version() < 1:
        found.append("the kernel has no Landlock (Linux 5.13 or newer, switched on)")
    if platform.machine() not in _ARCHITECTURES:
        found.append(f"no list of system calls for {platform.machine()} is known to this tool")
    return tuple(found)


def landlock_version() -> int:
    """Return the version of the kernel's Landlock, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    version: int = _library().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_ONLY)
    return max(version, 0)


def restrict_files(readable: Iterable[str], writable: Iterable[str], executable: Iterable[str]) -> None:
    """Leave only these files and folders; no other program, no TCP, no signal to other processes.

    Raises:
        OSError: the kernel refuses; nothing can be taken for restricted then.
    """
    version = landlock_version()
    rights = (1 << _RIGHTS.get(version, _RIGHTS_NOW)) - 1
    attributes = struct.pack("<Q", rights)
    if version >= 4:
        attributes += struct.pack("<Q", _NO_TCP)
    if version >= 6:
        attributes += struct.pack("<Q", _NO_ABSTRACT_SOCKET_NO_SIGNAL)
    rules = _checked(_library().syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    for paths, access in ((readable, _READ), (writable, _WRITE), (executable, _READ_FILE | _EXECUTE)):
        for path in paths:
            _allow(rules, path, access & rights)
    _no_new_privileges()
    _checked(_library().syscall(_RESTRICT_SELF, rules, 0))
    os.close(rules)


def restrict_calls() -> None:
    """Refuse every socket but unix ones, every connection outwards, and what could look into other processes.

    Raises:
        OSError: the kernel refuses; nothing can be taken for restricted then.
    """
    architecture, socket_call, refused = _ARCHITECTURES[platform.machine()]
    program = [
        (_LOAD_WORD, 0, 0, 4),
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, 0),
        (_JUMP_IF_GREATER_OR_EQUAL, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
    ]
    for call in refused:
        program += [(_JUMP_IF_EQUAL, 0, 1, call), (_RETURN, 0, 0, _REFUSE)]
    program += [
        (_JUMP_IF_EQUAL, 0, 3, socket_call),
        (_LOAD_WORD, 0, 0, 16),
        (_JUMP_IF_EQUAL, 1, 0, _AF_UNIX),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *step) for step in program))
    header = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code)))
    _no_new_privileges()
    _checked(_library().prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0))


def _allow(rules: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112  (pathlib takes long to import)
            access &= _OF_A_FILE
        rule = struct.pack("<Qi", access, descriptor)
        _checked(_library().syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0))
    finally:
        os.close(descriptor)


def _no_new_privileges() -> None:
    _checked(_library().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

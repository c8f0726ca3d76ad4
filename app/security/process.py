"""Keep this process's memory out of dumps and debuggers, as far as the platform allows."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from dataclasses import dataclass

if sys.platform != "win32":
    import resource


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessProtection:
    """What was reached; the start page and the audit show what was not.

    Attributes:
        no_core_dump: a crash leaves no copy of the memory behind.
        not_traceable: no other process of this account may read the memory.
    """

    no_core_dump: bool
    not_traceable: bool


def protect_process(environment: Mapping[str, str]) -> ProcessProtection:
    """Switch off core dumps, crash reports and tracing for this process; call it first of all.

    On Windows the rights of the process are left alone: screen readers and magnifiers put code into it.

    Args:
        environment: of the process; under snap the process stays dumpable, because portals look into /proc.
    """
    if sys.platform == "win32":
        return _protect_on_windows()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "darwin":
        return ProcessProtection(no_core_dump=True, not_traceable=_deny_attach())
    return ProcessProtection(no_core_dump=True, not_traceable="SNAP" not in environment and _make_undumpable())


def _make_undumpable() -> bool:
    set_dumpable = 4  # PR_SET_DUMPABLE of linux/prctl.h
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(set_dumpable, 0, 0, 0, 0) == 0)


if sys.platform == "darwin":

    def _deny_attach() -> bool:
        deny_attach = 31  # PT_DENY_ATTACH of sys/ptrace.h
        libc = ctypes.CDLL(None, use_errno=True)
        return bool(libc.ptrace(deny_attach, 0, None, 0) == 0)


if sys.platform == "win32":

    def _protect_on_windows() -> ProcessProtection:
        fail_critical_errors, no_fault_box = 0x0001, 0x0002
        ctypes.WinDLL("kernel32").SetErrorMode(fail_critical_errors | no_fault_box)
        # For this account only: the error report would carry the memory to a server.
        excluded = ctypes.WinDLL("wer").WerAddExcludedApplication(ctypes.c_wchar_p(sys.executable), 0)
        return ProcessProtection(no_core_dump=excluded == 0, not_traceable=False)

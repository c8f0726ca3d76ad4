"""Keeps the interpreter alive under PySide6 6.12 on Python 3.11.

PySide6 6.12.0 hands out None, True and False without counting a reference, as Python 3.12 permits, where
these three are immortal (PEP 683). On Python 3.11 every such call takes one reference away, and after some
ten thousand calls the interpreter ends itself with "deallocating None".
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

# More than any run can use up: at a million calls a second this lasts for centuries.
_ENOUGH: Final = 1 << 55


def keep_singletons() -> None:
    """Give None, True and False more references than a run can lose; may be called any number of times."""
    # WORKAROUND for PySide6 6.12.0, measured: 1 000 void calls leave None with 1 000 references fewer.
    # To be looked up at each Qt release; on Python 3.12 and later there is nothing to do.
    if sys.version_info >= (3, 12):
        return
    for singleton in (None, True, False):
        ctypes.c_ssize_t.from_address(id(singleton)).value = _ENOUGH

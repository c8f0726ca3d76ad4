"""What tests of the gate share: a desk that keeps what it was handed, and looks at what is shown."""

from __future__ import annotations

import os
from pathlib import Path

from app.security.key_pipe import read_keys
from app.security.slots_file import read_slots
from app.use_cases.laptop import OpenLaptop, open_laptop
from ui.front_door import FrontDoor
from ui.gate import Gate
from ui.pages.sign_in import SignInPage

# A desk that keeps the keys it got in a file and says what the test wants said.
DESK = """
import os, sys
keys, told = map(int, sys.argv[3].split(":"))
got = b""
while more := os.read(keys, 65536):
    got += more
open(sys.argv[1], "wb").write(got)
if got:
    os.write(told, sys.argv[2].encode())
"""


def laptop_of(folder: Path, door: FrontDoor) -> OpenLaptop:
    """Open the vault with the keys that the desk of a test was sent."""
    keys = read_keys(os.open(folder / "keys", os.O_RDONLY))
    slots = read_slots(door.paths.slots)
    return open_laptop(door.paths, keys, door.means(door.store_for(slots.keyring, slots.vault_id)))


def sign_in_page(gate: Gate) -> SignInPage:
    assert isinstance(gate.page, SignInPage)
    return gate.page

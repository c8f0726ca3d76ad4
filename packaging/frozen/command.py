"""The program without a window, frozen: `alongsidectl`."""

from __future__ import annotations

import sys

from ui.alongsidectl import main

sys.exit(main())

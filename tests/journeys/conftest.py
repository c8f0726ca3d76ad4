"""Journeys that run in this process need no screen; those on a screen bring their own (see README)."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

"""Properties are tried without a deadline: a busy machine is not a broken promise."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("properties", deadline=None)
settings.load_profile("properties")

"""Properties of the domain are tried without a deadline: a busy machine is not a wrong rule."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("domain", deadline=None)
settings.load_profile("domain")

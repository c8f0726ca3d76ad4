"""Write `docs/sync/openapi.yaml` anew, after a route or a message has changed."""

from __future__ import annotations

from tests.openapi.document import FILE, text

FILE.write_text(text(), encoding="utf-8")

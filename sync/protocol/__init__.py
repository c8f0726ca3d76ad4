"""Messages, framing and limits, as docs/sync/protocol.md says them."""

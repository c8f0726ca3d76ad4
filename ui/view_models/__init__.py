"""What pages show, as plain values in the reader's words; nothing here knows a window."""

"""Facts and rules as pure functions and frozen values; no input, no output, no clock."""

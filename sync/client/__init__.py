"""The laptop side of the exchange."""

"""The core: facts, rules, the vault, keys and what a person can do; no window and no network."""

__version__ = "0.1.0"

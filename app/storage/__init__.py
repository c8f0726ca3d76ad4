"""The vault: encrypted tables and the unit of work; database rows never leave this package."""

"""Migrations of the vault, one folder of numbered steps."""

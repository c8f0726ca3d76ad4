"""The central service: the only authority, on PostgreSQL."""

"""Keys, sign-in, the audit chain and the lock; never a record."""

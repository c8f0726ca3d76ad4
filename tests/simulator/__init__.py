"""The seeded simulator: whole histories of three laptops and the real service, in one thread, the same each time."""

"""Windows and front doors: the only Qt."""

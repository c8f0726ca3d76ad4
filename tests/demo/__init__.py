"""The demonstration: the main job on real parts, to play with or to watch."""

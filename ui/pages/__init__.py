"""Pages: each lays out, connects and shows."""

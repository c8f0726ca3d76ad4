"""What a page shows, without a window."""

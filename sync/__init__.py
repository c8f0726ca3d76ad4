"""Exchange between laptops and the central service."""

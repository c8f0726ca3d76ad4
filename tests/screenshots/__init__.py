"""Pictures of every page, for people to judge."""

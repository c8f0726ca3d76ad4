"""How the central service's database came to be, step by step; run by the owner role only."""

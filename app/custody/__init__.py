"""What the custodians hold: their key in three shares, and what is sealed to it; no file, no keyring, no vault."""

"""What a person can do, one function each, in one transaction each."""

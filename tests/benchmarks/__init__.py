"""Measurements: every figure beside a floor of the same run."""

"""Properties that Hypothesis looks for exceptions to, across parts; those of one function stand beside its tests."""

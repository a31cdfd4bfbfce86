"""Vocabulary in code: kinds of missing value, intervals, what a publication is. No input and no output."""

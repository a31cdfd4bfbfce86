"""Benchmarks, run by hand: `make bench` or `python -m benchmarks [--rows N]`. Each against what one would use instead."""

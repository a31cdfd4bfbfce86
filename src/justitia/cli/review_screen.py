"""What the review shows and asks in a terminal: plain lines, so that any terminal, script and language will do."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from justitia.disseminate.wording import Words

if TYPE_CHECKING:
    from rich.console import Console

    from justitia.classify.decisions import Decision
    from justitia.classify.review import Progress, Question
    from justitia.metadata.definitions import CodeList

LEAVE = "q"
LISTED = 5  # texts worded alike that a question shows
_LINE_ENDS = "\r\n"


def shown(text: str) -> str:
    """Return a text as it may be shown: one line, no control characters, right-to-left scripts kept to themselves."""
    plain = "".join(mark if unicodedata.category(mark) not in {"Cc", "Cf"} else " " for mark in text)
    plain = " ".join(plain.split())
    turned = any(unicodedata.bidirectional(mark) in ("R", "AL") for mark in plain)
    return f"\u2068{plain}\u2069" if turned else plain


class Screen:
    """The terminal of a review.

    Args:
        words: the review's words in the language of the titles.
        iccs: the classification.
        console: where it is written; default, standard output.
    """

    def __init__(self, words: Words, iccs: CodeList, console: Console | None = None) -> None:
        from rich.console import Console

        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a terminal that lacks a letter shows a question mark, and goes on
        self.words, self.iccs = words, iccs
        self.console = console or Console(highlight=False, soft_wrap=not sys.stdout.isatty())
        self.by_key = sys.stdin.isatty()

    # -- showing --------------------------------------------------------------------------------------------------
    def line(self, text: str = "", style: str = "") -> None:
        """Write one line; nothing in the text is taken for markup."""
        from rich.text import Text

        self.console.print(Text(text, style=style))

    def say(self, key: str, *, style: str = "", **values: str) -> None:
        """Write one of the review's messages."""
        self.line(self.words(key, **values), style)

    def title(self, code: str) -> str:
        """Return a code with its title."""
        entry = self.iccs.codes.get(code)
        return f"{code}  {shown(entry.label(self.words.language))}" if entry else self.words("no_code")

    def percent(self, share: float, digits: int = 1) -> str:
        """Return a share (0 to 1) as a percentage, as the language writes it."""
        from babel import UnknownLocaleError
        from babel.numbers import format_percent

        pattern = "#,##0." + "0" * digits + " %" if digits else "#,##0 %"
        try:
            return format_percent(share, pattern, locale=self.words.language)
        except (UnknownLocaleError, ValueError):
            return format_percent(share, pattern, locale="en")

    def show(
        self,
        question: Question,
        similar: Sequence[str],
        progress: Progress,
        tags: Mapping[str, str],
        why: str,
        group: int,
    ) -> None:
        """Show what is to be decided.

        Args:
            question: the offence with its answer.
            similar: lines about the texts worded alike.
            progress: how far the review is.
            tags, why: prepared for the decision.
            group: number of texts that the decision takes along.
        """
        self._head(progress)
        item, answer = question.item, question.answer
        self.line(shown(item.text), "bold")
        if item.national_code != item.text:
            self._fact(self.words("national_code"), item.national_code)
        for role, text in item.context.items():
            self._fact(self.words.known(f"role.{role}", role), text)
        self._fact(self.words("records"), f"{item.records:,}")
        self.line()
        for decision in question.earlier:
            self._fact(decision.coder, f"{self.title(decision.iccs_code)}  {decision.why}")
        self._alternatives(question)
        for evidence in answer.evidence[:3]:
            kind = self.words.known(f"evidence.{evidence.kind}", evidence.kind)
            told = " < ".join(shown(text) for text in (evidence.phrase, evidence.source) if text)
            self._told(self.words("why"), f"{kind}: {told}" if told else kind)
        if answer.reason and answer.reason not in {one.source for one in answer.evidence[:3]}:
            self._fact(self.words("reason"), answer.reason)
        if tags:
            self._fact(self.words("tags"), ", ".join(f"{name} = {code}" for name, code in tags.items()))
        if why:
            self._fact(self.words("ask.why"), why)
        if group:
            self.say("group.set", style="yellow", count=str(group))
        elif similar:
            self.say("similar", style="cyan")
            self.numbered(similar[:LISTED])
            if len(similar) > LISTED:
                self.say("similar.more", count=f"{len(similar) - LISTED:,}")
        self.line()
        self.keys()

    def _head(self, progress: Progress) -> None:
        self.line()
        self.line("-" * min(self.console.width, 72), "dim")
        share = self.percent(progress.records_decided / progress.records if progress.records else 1.0)
        text = self.words(
            "progress", open=f"{progress.items - progress.decided:,}", items=f"{progress.items:,}", share=share
        )
        if progress.records_automatic and progress.records:
            more = self.percent(progress.records_automatic / progress.records)
            text = f"{text}; {self.words('progress.automatic', share=more)}"  # type: ignore[assignment]
        self.line(text, "dim")
        self.line()

    def _alternatives(self, question: Question) -> None:
        from rich.text import Text

        for number, found in enumerate(question.answer.alternatives[:5], start=1):
            share = (f"{self.percent(found.score, 0):>6}  ", "dim")
            title = (self.title(found.code), "bold" if number == 1 else "")
            self.console.print(Text.assemble((f" {number}  ", "bold green"), share, title))
        if not question.answer.alternatives:
            self.say("nothing_fits", style="yellow")
        self.line()

    def _fact(self, name: str, text: str) -> None:
        self._told(name, shown(text))

    def _told(self, name: str, text: str) -> None:
        from rich.text import Text

        self.console.print(Text.assemble((f"    {name}: ", "dim"), text))

    def keys(self) -> None:
        """Show the keys."""
        self.say("keys", style="dim")
        if not self.by_key:
            self.say("keys.plain", style="dim")

    def numbered(self, lines: Sequence[str]) -> None:
        """Show lines with their numbers, from 1."""
        for number, text in enumerate(lines, start=1):
            self.line(f" {number}  {text}")

    def decided(self, key: str, written: Sequence[Decision]) -> None:
        """Confirm what was written to the log."""
        what = f"{shown(written[0].text)}: {self.title(written[0].iccs_code)}"
        more = f" (+{len(written) - 1})" if len(written) > 1 else ""
        self.say(key, style="green", what=what + more)

    # -- asking ---------------------------------------------------------------------------------------------------
    def key(self) -> str:
        """Return the key pressed; where keys come by lines, the line. The end of the input means: leave."""
        if not self.by_key:
            line = sys.stdin.readline()
            return line.strip() if line else LEAVE
        try:
            pressed = click.getchar()
        except EOFError:
            return LEAVE
        return "" if pressed in _LINE_ENDS else pressed

    def ask(self, key: str, start: str = "") -> str:
        """Return a line typed, begun by `start`; empty when the input ends."""
        import contextlib

        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  # arrows and history where the system has them
        try:
            return (start + input(f"{self.words(key)}: {start}")).strip()
        except EOFError:
            return ""

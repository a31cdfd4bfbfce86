"""The review of offence codes in the terminal: one offence at a time, by keyboard alone, saved at each decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from justitia.cli.screen import print_next

if TYPE_CHECKING:
    from justitia.classify.coder import Coder
    from justitia.classify.decisions import DecisionLog
    from justitia.classify.items import Item
    from justitia.classify.review import Question, Review
    from justitia.cli.review_screen import Screen
    from justitia.metadata.definitions import Correspondence
    from justitia.metadata.load import Catalogue

LINES = 9  # that one digit can choose from


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--text", default="", help="With FILE: column of the offence as written.")
@click.option("--code", default="", help="With FILE: column of its national code (default: the text is the code).")
@click.option("--records", default="", help="With FILE: column of the number of records that the offence decides.")
@click.option(
    "--context", multiple=True, help="With FILE: further column, for example statute=ARTICLE; may be repeated."
)
@click.option("--log", "log_file", type=click.Path(path_type=Path), help="With FILE: where decisions are kept.")
@click.option(
    "--source", default="", help="In a workspace: the source whose offences are coded, where there are several."
)
@click.option(
    "--coder", default="", help="Who decides (default: your login name). Other coders' decisions are not shown."
)
@click.option("--together", is_flag=True, help="Share the work: leave out what others have decided, and learn from it.")
@click.option("--adjudicate", is_flag=True, help="Decide between two coders who disagree; you are a third.")
@click.option("--language", default="", help="Language of the offences, for example es (default: found out).")
@click.option("--titles", default="", help="Language of titles and keys (default: --language, or the workspace's).")
@click.option("--country", default="", help="Country whose rules are used, for example CL.")
@click.option("--encoder", is_flag=True, help="Suggest by meaning too (slower; needs the extra `encoder`).")
@click.pass_obj
def review(
    folder: str,
    file: Path | None,
    text: str,
    code: str,
    records: str,
    context: tuple[str, ...],
    log_file: Path | None,
    source: str,
    coder: str,
    together: bool,
    adjudicate: bool,
    language: str,
    titles: str,
    country: str,
    encoder: bool,
) -> None:
    """Give offences their ICCS codes, one at a time: those of the workspace, or of a list in FILE.

    The offences that settle most doubt for most records come first. Each decision is saved at once and improves the
    next suggestions. Stop when you like: the same command goes on.
    """
    from justitia.classify.review import Review
    from justitia.cli.review_screen import Screen
    from justitia.disseminate.wording import words

    if file:
        work = work_of_file(file, text, code, records, context, log_file)
    else:
        work = work_of_workspace(folder, source, together=together)
    tongue = titles or language or work.language
    screen = Screen(words("review", tongue), work.catalogue.codelist("iccs"))
    reviewing = Review(
        work.items,
        coder_maker(work.catalogue, work.reviewed, language=language, country=country, encoder=encoder),
        work.log,
        coder or login_name(),
        together=together,
        adjudicate=adjudicate,
    )
    try:
        _Desk(reviewing, screen, work.catalogue).sit()
    finally:
        progress = reviewing.progress()
        screen.line()
        left = progress.items - progress.decided
        screen.say("end", decided=f"{progress.decided:,}", open=f"{left:,}", log=str(work.log.path))
    print_next(*work.next_steps)


def login_name() -> str:
    """Return the name that the system knows its user by."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "coder"


def coder_maker(
    catalogue: Catalogue, reviewed: Correspondence | None, *, language: str, country: str, encoder: bool
) -> Callable[[], Coder]:
    """Return what makes a coder that knows of the list no more than `reviewed`."""
    from justitia.classify.coder import load_coder

    tables = () if reviewed is None else (reviewed,)
    return lambda: load_coder(catalogue, language=language, country=country, encoder=encoder, reviewed=tables)


@dataclass(frozen=True, slots=True)
class Work:
    """A list to be reviewed: offences, log, definitions, language of the screen, what comes after, and its table."""

    items: Sequence[Item]
    log: DecisionLog
    catalogue: Catalogue
    language: str
    next_steps: tuple[str, ...]
    reviewed: Correspondence | None = None


def work_of_workspace(folder: str, source: str, *, together: bool) -> Work:
    """Return the work on a workspace's source (empty: its only one); `together` shows what others have decided."""
    from justitia.classify.decisions import DecisionLog
    from justitia.classify.items import correspondence_of, log_file, reviewed_rows, workspace_items
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    identifier = correspondence_of(workspace, source)
    steps = (f"justitia -w {folder} correspondence build {identifier}", f"justitia -w {folder} correspondence check")
    languages = workspace.settings.languages
    return Work(
        workspace_items(workspace, identifier),
        DecisionLog(log_file(workspace, identifier)),
        workspace.catalogue,
        languages[0] if languages else "en",
        steps,
        reviewed_rows(workspace, identifier, together=together),
    )


def work_of_file(file: Path, text: str, code: str, records: str, context: Sequence[str], log_file: Path | None) -> Work:
    """Return the work on a list in a file; arguments are those of `file_items`.

    Raises:
        RequestError: E-COD-036 when the column of the offences is not named.
    """
    from justitia.classify.decisions import DecisionLog
    from justitia.classify.items import file_items
    from justitia.errors import RequestError
    from justitia.metadata.load import load_catalogue

    if not text:
        raise RequestError(
            "E-COD-036", "which column holds the offences is not said", where=str(file), remedy="Add --text COLUMN"
        )
    log = log_file or file.with_name(f"{file.stem}.decisions.csv")
    items = file_items(file, text=text, code=code, records=records, context=context)
    step = f"justitia correspondence build --log {log} -o TABLE.csv"
    return Work(items, DecisionLog(log), load_catalogue(), "en", (step,))


@dataclass(slots=True)
class _Turn:
    """What was prepared for the decision to come: further items, tags, the reason."""

    tags: Mapping[str, str]
    also: tuple[int, ...] = ()
    retagged: bool = False
    why: str = ""


@dataclass(slots=True)
class _Desk:
    """One sitting: asks question after question until nothing is open or the coder leaves."""

    review: Review
    screen: Screen
    catalogue: Catalogue
    left: bool = field(default=False)

    def sit(self) -> None:
        """Ask until it is over."""
        while not self.left:
            question = self.review.next()
            if question is None:
                self.screen.say("done", style="bold green")
                return
            self._turn(question)

    def _turn(self, question: Question) -> None:
        """Ask until the question is decided, put off or taken back."""
        turn, fresh = _Turn(question.answer.tags), True
        while not self.left:
            if fresh:
                similar = self._similar(question)
                self.screen.show(question, similar, self.review.progress(), turn.tags, turn.why, len(turn.also))
            pressed, fresh = self.screen.key(), True
            if pressed == "q":
                self.left = True
            elif pressed == "k":
                self.review.put_off(question.place)
                return
            elif pressed == "z":
                if self._undo():
                    return
                fresh = False
            elif pressed in _PREPARING:
                _PREPARING[pressed](self, question, turn)
            elif pressed:
                chosen = self._chosen(question, pressed)
                if chosen is not None:
                    self._decide(question, chosen, turn)
                    return
                fresh = pressed in ("s", "u")  # what they listed has moved the question off the screen
            else:
                fresh = False

    # -- choosing a code: returns it, "" for none of the ICCS, None when nothing was chosen ---------------------------
    def _chosen(self, question: Question, pressed: str) -> str | None:
        alternatives = question.answer.alternatives[:5]
        if pressed == "n":
            return ""
        if pressed == "s":
            return self._searched()
        if pressed == "u":
            return self._parent(question)
        if pressed == "c":
            return self._known(self.screen.ask("ask.code"))
        if len(pressed) == 1 and pressed in "12345" and int(pressed) <= len(alternatives):
            return alternatives[int(pressed) - 1].code
        if pressed == "0" and self.screen.by_key:
            return self._known(self.screen.ask("ask.code", start="0"))
        if pressed.isdigit() and len(pressed) > 1:
            return self._known(pressed)
        if pressed == "?":
            for number in range(1, 7):
                self.screen.say(f"help.{number}")
            self.screen.keys()
            return None
        self.screen.say("ask.again", style="yellow")
        return None

    def _known(self, code: str) -> str | None:
        codes = self.screen.iccs.codes
        if not code or code in codes:
            return code or None
        right = f"0{code}"
        if right in codes:
            self.screen.say("code.zero", style="yellow", code=code, right=right)
        else:
            self.screen.say("code.unknown", style="yellow", code=code)
        return None

    def _searched(self) -> str | None:
        from justitia.metadata.search import search_codes

        query = self.screen.ask("ask.search")
        while query:
            found = search_codes(self.catalogue, query, self.screen.words.language)[:LINES]
            if not found:
                self.screen.say("search.none", style="yellow")
                query = self.screen.ask("ask.search")
                continue
            self.screen.numbered([f"{self.screen.title(hit.code)}  ({hit.phrase})" for hit in found])
            answer = self.screen.ask("ask.which")
            if not answer or answer[0].isdigit():
                return self._of_lines(answer, [hit.code for hit in found])
            query = answer  # other words
        return None

    def _parent(self, question: Question) -> str | None:
        """Return a code above the alternatives, chosen from a list."""
        codes, above = self.screen.iccs.codes, dict[str, None]()
        for found in question.answer.alternatives:
            entry = codes.get(found.code)
            while entry is not None:
                if not entry.is_leaf:
                    above.setdefault(entry.code)
                entry = codes.get(entry.parent)
        listed = list(above)[:LINES]
        self.screen.numbered([self.screen.title(code) for code in listed])
        return self._of_lines(self.screen.key() if self.screen.by_key else self.screen.ask("ask.which"), listed)

    def _of_lines(self, answer: str, codes: Sequence[str]) -> str | None:
        if len(answer) == 1 and answer.isdigit() and answer != "0":
            return codes[int(answer) - 1] if int(answer) <= len(codes) else None
        return self._known(answer) if answer.isdigit() else None

    # -- deciding ---------------------------------------------------------------------------------------------------
    def _decide(self, question: Question, code: str, turn: _Turn) -> None:
        entry = self.screen.iccs.codes.get(code)
        status = "no_code" if entry is None else "coded" if entry.is_leaf else "unspecified"
        tags = turn.tags if turn.retagged else None
        why = turn.why or (self.screen.ask("ask.why") if self.review.adjudicate else "")
        written = self.review.decide(question.place, code, status, tags=tags, why=why, also=turn.also)
        self.screen.decided("decided", written)

    def _undo(self) -> bool:
        taken = self.review.undo()
        if taken:
            self.screen.decided("undone", taken)
        else:
            self.screen.say("undo.none", style="yellow")
        return bool(taken)

    def _group(self, question: Question, turn: _Turn) -> None:
        if not question.similar:
            self.screen.say("group.none", style="yellow")
            return
        from justitia.cli.review_screen import LISTED

        similar = self._similar(question)
        if len(similar) > LISTED:
            self.screen.numbered(similar)
        turn.also = taken_along(question.similar, self.screen.ask("ask.take"))

    def _similar(self, question: Question) -> list[str]:
        from justitia.cli.review_screen import shown

        items = (self.review.items[place] for place in question.similar)
        return [f"{shown(item.text)}  ({item.records:,})" for item in items]

    def _tags(self, _question: Question, turn: _Turn) -> None:
        from justitia.classify.decisions import tags_of

        typed = self.screen.ask("ask.tags")
        if not typed:
            return
        tags = {} if typed == "-" else tags_of(typed)
        for name, value in tags.items():
            if not self._tag_fits(name, value):
                self.screen.say("tags.wrong", style="yellow", tag=f"{name}={value}")
                return
        turn.tags, turn.retagged = tags, True

    def _tag_fits(self, name: str, value: str) -> bool:
        kinds = self.catalogue.record_kinds
        found = kinds["offence"].fields.get(name) if "offence" in kinds else None
        return bool(found and found.codelist and value in self.catalogue.codelist(found.codelist).codes)

    def _why(self, _question: Question, turn: _Turn) -> None:
        turn.why = self.screen.ask("ask.why")


def taken_along(places: Sequence[int], answer: str) -> tuple[int, ...]:
    """Return the places chosen by an answer: nothing = all, `1 3` = these, `-2` = all but this, `0` = none."""
    words = answer.replace(",", " ").split()
    out = {int(word[1:]) for word in words if word.startswith("-") and word[1:].isdigit()}
    only = {int(word) for word in words if word.isdigit()}
    numbered = enumerate(places, start=1)
    return tuple(place for number, place in numbered if number not in out and (not only or number in only))


_PREPARING: dict[str, Callable[[_Desk, Question, _Turn], None]] = {
    "g": _Desk._group,
    "t": _Desk._tags,
    "w": _Desk._why,
}

COMMANDS = (review,)

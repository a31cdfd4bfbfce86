"""A review asks first what settles most, saves each decision at once, and lets it change what follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain_coder import PlainCoder

from justitia.classify.decisions import DecisionLog, standing
from justitia.classify.items import Item, file_items
from justitia.classify.review import Review
from justitia.classify.similar import Alike
from justitia.errors import RequestError

ITEMS = (
    Item("1", "Theft of a bicycle", 100),
    Item("2", "Theft of a bicycle, attempted", 10),
    Item("3", "Breach of the peace", 90),
    Item("4", "Murder", 5),
    Item("5", "Theft from a shop", 60),
)


@pytest.fixture
def log(tmp_path: Path) -> DecisionLog:
    return DecisionLog(tmp_path / "log.csv")


def reviewing(log: DecisionLog, who: str = "Ana", **more: object) -> Review:
    return Review(ITEMS, PlainCoder, log, who, **more)  # type: ignore[arg-type]


def asked(review: Review) -> list[str]:
    return [review.items[place].national_code for place in review.queue()]


def test_records_times_doubt_decide_the_order(log: DecisionLog) -> None:
    assert asked(reviewing(log)) == ["3", "1", "5", "2", "4"], "records times doubt"
    assert asked(reviewing(log, order="frequency")) == ["1", "3", "5", "2", "4"]


def test_a_decision_is_saved_at_once_and_changes_the_next_suggestion(log: DecisionLog) -> None:
    review = reviewing(log)
    before = review.question(0).answer
    written = review.decide(4, "050231", "coded", why="art. 5")
    assert DecisionLog(log.path).read() == written
    assert (written[0].suggested, written[0].confidence) == ("0502", 0.6)
    after = review.question(0).answer
    assert (before.code, after.code) == ("0502", "050231") and after.confidence > before.confidence
    assert asked(review)[-1] == "2" or asked(review)[0] == "3"
    assert review.progress().records_decided == 60 and review.progress().records_automatic == 110


def test_texts_worded_alike_are_decided_together_and_taken_back_together(log: DecisionLog) -> None:
    review = reviewing(log)
    question = review.question(0)
    assert [ITEMS[place].national_code for place in question.similar] == ["2"]
    written = review.decide(0, "050229", "coded", also=question.similar)
    assert [(one.national_code, one.refers) for one in written] == [("1", 0), ("2", 1)]
    assert asked(review) == ["3", "4", "5"], "what was learnt leaves less doubt about the other theft"
    taken = review.undo()
    assert {one.national_code for one in taken} == {"1", "2"}
    assert asked(review) == ["3", "1", "5", "2", "4"], "the coder forgot it too"
    assert len(log.read()) == 4 and standing(log.read()) == {}
    assert review.undo() == []


def test_a_new_sitting_goes_on_where_the_last_one_stopped(log: DecisionLog) -> None:
    review = reviewing(log)
    review.decide(0, "050229", "coded")
    again = reviewing(log)
    assert "1" not in asked(again) and again.question(4).answer.code == "050229", "it has learnt what was decided"
    again.undo()
    assert "1" in asked(again)


def test_one_coder_sees_nothing_of_the_other(log: DecisionLog) -> None:
    reviewing(log, "Ana").decide(0, "050229", "coded")
    other = reviewing(log, "Eva")
    assert len(asked(other)) == 5 and other.question(4).answer.code == "0502"
    shared = reviewing(log, "Eva", together=True)
    assert len(asked(shared)) == 4 and shared.question(4).answer.code == "050229"
    assert other.undo() == [], "nobody takes back another's decision"


def test_a_third_decides_only_where_two_differ(log: DecisionLog) -> None:
    for who, code in (("Ana", "050229"), ("Eva", "0502")):
        review = reviewing(log, who)
        review.decide(0, code, "coded")
        review.decide(3, "0101", "coded")
    with pytest.raises(RequestError, match="E-COD-032"):
        reviewing(log, "Ana", adjudicate=True)
    third = reviewing(log, "Zoe", adjudicate=True)
    question = third.next()
    assert question is not None and asked(third) == ["1"]
    assert [(one.coder, one.iccs_code) for one in question.earlier] == [("Ana", "050229"), ("Eva", "0502")]
    third.decide(0, "0502", "unspecified", why="the text says no more")
    assert third.next() is None and third.progress().decided == 1
    assert third.undo()[0].action == "adjudicate" and asked(third) == ["1"]


def test_what_is_put_off_comes_last(log: DecisionLog) -> None:
    review = reviewing(log)
    review.put_off(2)
    assert asked(review) == ["1", "5", "2", "4", "3"]


def test_words_in_common_make_texts_alike() -> None:
    texts = ["Robo con fuerza", "ROBOS, con FUERZA", "robo con violencia", "", "قتل عمد", "قتل عمد مع سبق الإصرار", "A"]
    alike = Alike(texts, least=0.6)
    everything = range(len(texts))
    assert alike.near(0, among=everything) == [1]
    assert alike.near(3, among=everything) == [] and alike.near(6, among=everything) == []
    looser = Alike(texts, least=0.3)
    assert 5 in looser.near(4, among=everything) and looser.near(0, among=[2, 5]) == [2]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_list_is_read_from_a_file(tmp_path: Path, ending: str) -> None:
    rows = [["Código", "Delito", "N", "Ley"], ["0101", "Hurto, simple", "1,200", "art. 1"], ["0101", "Hurto", "3", ""]]
    rows += [["", "Robo", "5", "art. 2"], ["", "", "7", ""]]
    path = tmp_path / f"list.{ending}"
    if ending == "csv":
        path.write_text("\n".join(";".join(row) for row in rows), encoding="cp1252")
    else:
        import openpyxl  # type: ignore[import-untyped]

        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    found = file_items(path, text="Delito", code="Código", records="N", context=["statute=Ley"])
    assert [(item.national_code, item.text, item.records) for item in found] == [
        ("0101", "Hurto, simple", 1203),
        ("Robo", "Robo", 5),
    ]
    assert found[0].context == {"statute": "art. 1"}
    with pytest.raises(RequestError, match=r"E-COD-033.*Delit.*Did you mean \[Delito\]"):
        file_items(path, text="Delit")
    with pytest.raises(RequestError, match=r"E-COD-033 .*:2\].*\[art. 1\] in column Ley"):
        file_items(path, text="Delito", records="Ley")


def test_no_list_is_said_to_be_none(tmp_path: Path) -> None:
    for name, content in (("a.csv", b""), ("b.csv", b"text\n"), ("c.xlsx", b"no workbook"), ("d.csv", b"\x00\xff\xfe")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RequestError, match="E-COD-035"):
            file_items(tmp_path / name, text="text")

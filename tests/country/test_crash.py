"""kill -9 at every commit point of a run, and at random moments: the last good state stands, and a rerun gives the
same published bytes as a run that nobody disturbed.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from justitia import store as store_module
from justitia.pipeline import run_workspace
from justitia.release import preview_is_current, write_preview
from justitia.store import Store
from justitia.workspace import Workspace

RANDOM_MOMENTS = 50
SEED = 20261124


@pytest.fixture(scope="module", autouse=True)
def fixed_date() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        yield


CHECKS = "rule_id,expression,severity,label_en\nV-MADE-1,year(recorded_date) <= 2024,warning,Recorded by 2024\n"


@pytest.fixture(scope="module", params=["a new file", "another check"])
def before(new_country: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    """Return a workspace whose first file was run, and for which something new waits."""
    from conftest import offence

    made = new_country(files={"checks/offence.csv": CHECKS})
    made.send("a.csv", [offence(i, ARTICLE=("THEFT", "MURDER")[i % 5 == 0]) for i in range(40)])
    bring_up_to_date(made.workspace)
    if request.param == "a new file":
        made.send("b.csv", [offence(1, ARTICLE="MURDER"), offence(2, STATUS="annulled"), *map(offence, range(90, 120))])
    else:  # stages before the check keep their names, and are run again with it
        made.write(made.folder / "overlay" / "checks" / "offence.csv", CHECKS.replace("2024", "2022"))
    return made


def opened(folder: Path) -> Workspace:
    """Return the workspace with its definitions read, so that a forked process need not read them again."""
    workspace = Workspace(folder)
    workspace.catalogue.read_all()
    return workspace


def bring_up_to_date(workspace: Workspace) -> None:
    """Do what `justitia run` does."""
    report = run_workspace(workspace)
    if not preview_is_current(workspace, report.state):
        write_preview(workspace, report.state)


class Killer:
    """Counts the steps that change what is on disk, before and after each, and kills the process at the n-th."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: Any, name: str, *, after: bool = True) -> None:
        original = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            if name == "rmtree" and not Path(arguments[0]).exists():
                return None
            self.step()
            result = original(*arguments, **named)
            if after:
                self.step()
            return result

        setattr(owner, name, watched)

    def watch_all(self) -> None:
        # Both end with the rename that is watched by itself.
        self.watch(store_module, "write_atomically", after=False)
        self.watch(Store, "adopt", after=False)
        self.watch(Path, "replace")
        self.watch(shutil, "rmtree")


def in_child(work: Callable[[], None], *, kill_after: float | None = None) -> int:
    """Run `work` in a forked process and return its exit code, -9 when it was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def copied(before: Any, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(before.folder, folder)
    return folder


def published(before: Any, folder: Path) -> dict[str, str]:
    made = object.__new__(type(before))
    made.folder = folder
    return made.published()


def assert_good(folder: Path) -> None:
    store = Store(folder / "store")
    assert store.verify(store.read()) == []


@pytest.fixture(scope="module")
def undisturbed(before: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = copied(before, tmp_path_factory.mktemp("undisturbed") / "w")
    bring_up_to_date(Workspace(folder))
    return published(before, folder)


def test_an_undisturbed_run_gives_the_same_bytes_each_time(before: Any, undisturbed: Any, tmp_path: Path) -> None:
    assert published(before, before.folder) != undisturbed
    folder = copied(before, tmp_path / "w")
    bring_up_to_date(Workspace(folder))
    assert published(before, folder) == undisturbed


def test_killed_at_every_commit_point(before: Any, undisturbed: dict[str, str], tmp_path: Path) -> None:
    workspace = opened(copied(before, tmp_path / "w"))

    def rerun() -> None:
        bring_up_to_date(workspace)

    for step in range(1, 1000):
        folder = copied(before, tmp_path / "w")

        def run(step: int = step) -> None:
            Killer(step).watch_all()
            bring_up_to_date(workspace)

        status = in_child(run)
        assert status in (0, -signal.SIGKILL), f"step {step}"
        assert_good(folder)
        if status == 0:
            assert step > 20, "every commit point was met"
            return
        assert in_child(rerun) == 0, f"step {step}"
        assert_good(folder)
        assert published(before, folder) == undisturbed, f"step {step}"
    pytest.fail("the run never ends")


def test_killed_at_random_moments(before: Any, undisturbed: dict[str, str], tmp_path: Path) -> None:
    folder, random = copied(before, tmp_path / "w"), Random(SEED)
    workspace = opened(folder)

    def run() -> None:
        bring_up_to_date(workspace)

    started = time.perf_counter()
    assert in_child(run) == 0
    length = time.perf_counter() - started
    killed = 0
    for moment in range(RANDOM_MOMENTS // 2):  # for each of two workspaces
        copied(before, folder)
        killed += in_child(run, kill_after=random.uniform(0, length)) != 0
        assert_good(folder)
        assert in_child(run) == 0, f"moment {moment}"
        assert published(before, folder) == undisturbed, f"moment {moment}"
    assert killed > RANDOM_MOMENTS // 5, "most moments lie within the run"

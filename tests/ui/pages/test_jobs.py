"""The vault thread: order, answers on the window's thread, faults as reports, nothing told to who is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.codes import RecordType
from app.errors import NotFoundError
from tests.ui.pages.conftest import Answers
from ui.changes import Changes
from ui.jobs import BugError, Jobs


@pytest.fixture
def jobs(qapp: Any) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def wait(qtbot: Any, jobs: Jobs) -> None:
    qtbot.waitUntil(lambda: jobs.is_idle, timeout=5_000)


def test_work_runs_off_the_window_and_is_answered_on_it_in_order(jobs: Jobs, qtbot: Any) -> None:
    answers, threads = Answers(), []

    def work(number: int) -> int:
        threads.append(threading.get_ident())
        return number

    for number in range(5):
        jobs.run(lambda number=number: work(number), answers.done, answers.failed)  # type: ignore[misc]
    wait(qtbot, jobs)
    assert answers.results == [0, 1, 2, 3, 4]
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


def test_a_known_error_is_told_as_it_is(jobs: Jobs, qtbot: Any) -> None:
    answers = Answers()

    def work() -> None:
        raise NotFoundError("person.not_found")

    jobs.run(work, answers.done, answers.failed)
    wait(qtbot, jobs)
    assert [error.code for error in answers.errors] == ["person.not_found"]
    assert answers.results == []


def test_a_fault_becomes_a_report_without_the_words_of_the_record(
    jobs: Jobs, qtbot: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answers = Answers()

    def work() -> None:
        raise ValueError("Samira Osei")

    jobs.run(work, answers.done, answers.failed)
    wait(qtbot, jobs)
    (error,) = answers.errors
    assert isinstance(error, BugError)
    assert error.report.startswith("ValueError")
    assert "test_jobs.py" in error.report
    assert "Samira" not in error.report + caplog.text
    assert "fault: ValueError" in caplog.text


def test_work_goes_on_after_a_fault(jobs: Jobs, qtbot: Any, caplog: pytest.LogCaptureFixture) -> None:
    answers = Answers()
    jobs.run(lambda: 1 // 0, answers.done, answers.failed)
    jobs.run(lambda: 7, answers.done, answers.failed)
    wait(qtbot, jobs)
    assert answers.results == [7]
    assert "ZeroDivisionError" in caplog.text


def test_a_newer_search_leaves_the_older_one_undone_and_untold(jobs: Jobs, qtbot: Any) -> None:
    answers, gate, done = Answers(), threading.Event(), []
    jobs.run(lambda: gate.wait(5), Answers().done, answers.failed)
    older = jobs.run(lambda: done.append("older"), answers.done, answers.failed)
    jobs.run(lambda: "newer", answers.done, answers.failed, instead_of=older)
    gate.set()
    wait(qtbot, jobs)
    assert older.is_cancelled
    assert answers.results == ["newer"]
    assert done == []


def test_an_answer_for_a_page_that_is_gone_is_dropped(jobs: Jobs, qtbot: Any) -> None:
    gate, gone = threading.Event(), Answers()
    jobs.run(lambda: gate.wait(5), gone.done, gone.failed)
    gone.deleteLater()
    qtbot.waitUntil(lambda: not _is_alive(gone), timeout=5_000)
    gate.set()
    wait(qtbot, jobs)
    assert gone.results == []


def test_a_function_that_belongs_to_no_object_is_refused_as_an_answer(jobs: Jobs) -> None:
    with pytest.raises(TypeError):
        jobs.run(lambda: 1, print, print)


def test_a_long_wait_is_said_and_its_end_too(jobs: Jobs, qtbot: Any) -> None:
    answers, gate = Answers(), threading.Event()
    with qtbot.waitSignal(jobs.slow_changed, timeout=5_000) as began:
        jobs.run(lambda: gate.wait(5), answers.done, answers.failed)
    assert began.args == [True]
    with qtbot.waitSignal(jobs.slow_changed, timeout=5_000) as ended:
        gate.set()
    assert ended.args == [False]


def test_closing_finishes_what_was_asked_for(qapp: Any) -> None:
    jobs, done, answers = Jobs(), [], Answers()
    for number in range(20):
        jobs.run(lambda number=number: done.append(number), answers.done, answers.failed)  # type: ignore[misc]
    jobs.close()
    assert done == list(range(20))


def test_news_told_on_another_thread_arrives_on_the_window(qapp: Any, qtbot: Any) -> None:
    changes, heard = Changes(), Answers()
    threads: list[int] = []

    class Page(Answers):
        def on_changed(self, kinds: frozenset[RecordType]) -> None:
            threads.append(threading.get_ident())
            self.results.append(kinds)

    heard = Page()
    changes.vault_changed.connect(heard.on_changed)
    sync = threading.Thread(target=lambda: changes.tell([RecordType.PERSON]))
    sync.start()
    sync.join()
    qtbot.waitUntil(lambda: bool(heard.results), timeout=5_000)
    assert heard.results == [frozenset({RecordType.PERSON})]
    assert threads == [threading.get_ident()]


def test_no_news_is_not_told(qapp: Any, qtbot: Any) -> None:
    changes = Changes()
    with qtbot.assertNotEmitted(changes.vault_changed):
        changes.tell([])


def _is_alive(thing: Any) -> bool:
    from shiboken6 import isValid

    return bool(isValid(thing))

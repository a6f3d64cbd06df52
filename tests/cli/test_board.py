import pytest

from langgraph_llm_compiler.cli.board import TaskBoard, TaskRow, closing_line, describe


def event(kind, id=1, at=10.0, round=1, **more):
    return {
        "type": f"task_{kind}", "round": round, "id": id, "element": None, "tool": "search",
        "args": {"query": "Nile"}, "dependencies": [], "status": None, "preview": None, "at": at, **more,
    }  # fmt: skip


def test_a_task_from_plan_to_end():
    board = TaskBoard()
    row = board.update(event("planned", at=10.0, args={"query": "$1"}))
    assert (row.status, row.call, row.seconds(11.0)) == ("planned", 'search("$1")', None)
    board.update(event("started", at=10.5))
    assert (row.status, row.call, row.seconds(11.0)) == ("running", 'search("$1")', 0.5)
    board.update(event("finished", at=12.5, status="ok", preview="6,650 km"))
    assert (row.status, row.seconds(99.0), row.preview) == ("ok", 2.0, "6,650 km")
    assert board.began_at == 10.0


def test_rows_stand_in_plan_order():
    board = TaskBoard()
    for round, id, element in [(2, 3, None), (1, 2, 1), (1, 2, None), (1, 2, 0), (1, 1, None)]:
        board.update(event("planned", id=id, round=round, element=element))
    assert [(row.round, row.number) for row in board.ordered()] == [
        (1, "1"), (1, "2"), (1, "2[0]"), (1, "2[1]"), (2, "3"),
    ]  # fmt: skip


def test_the_beginning_is_the_earliest_event():
    board = TaskBoard()
    board.update(event("started", at=10.0))
    board.update(event("planned", id=2, at=9.0))
    assert board.began_at == 9.0


def test_replans_and_answer_text():
    board = TaskBoard()
    assert board.update({"type": "replan", "round": 1, "feedback": "look again"}) is None
    board.update({"type": "answer_delta", "text": "4"})
    board.update({"type": "answer_delta", "text": "2"})
    assert board.update({"type": "plan_delta", "round": 1, "text": "1."}) is None
    assert board.update({"type": "something_new"}) is None
    assert (board.replans, board.answer, board.rows) == ({1: "look again"}, "42", {})


def test_several_arguments_are_named():
    row = TaskRow(1, 1, None, "f", {"a": [1, "x"], "b": None}, ())
    assert row.call == 'f(a=[1, "x"], b=null)'


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"status": "running", "started_at": 1.0}, '2. f("x") started'),
        ({"status": "ok", "started_at": 1.0, "ended_at": 1.5, "preview": "a\n  b"}, '2. f("x") ok in 0.50 s: a b'),
        ({"status": "skipped", "ended_at": 1.5}, '2. f("x") skipped'),
        ({}, '2. f("x") planned'),
    ],
)
def test_a_task_in_one_line(row, line):
    assert describe(TaskRow(1, 2, None, "f", {"x": "x"}, (), **row)) == line


def test_long_texts_are_cut():
    row = TaskRow(1, 1, None, "f", {"x": "a" * 200}, (), status="ok", ended_at=1.0, preview="b" * 200)
    assert row.call == f'f("{"a" * 78}…)'
    assert describe(row) == f"1. {row.call} ok: {'b' * 119}…"


def test_a_finished_task_without_status_is_ok():
    assert TaskBoard().update(event("finished")).status == "ok"


def test_what_a_run_took():
    total = {"calls": 2, "input_tokens": 1500, "output_tokens": 90}
    line = closing_line({"seconds": 2.5, "stats": {"total": total}})
    assert line == "2.50 s, 2 model calls, 1500 prompt and 90 completion tokens"

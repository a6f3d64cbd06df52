"""Helpers for the tests of the plan language."""

from collections.abc import Collection, Iterable

from langgraph_llm_compiler.plan import Ending, PlanParser, Task

TOOLS = frozenset({"search", "math", "note", "get-page", "files.read", "deep.map"})


def read(text: str, names: Collection[str] | None = None, *, earlier: Collection[int] = ()) -> list[Task]:
    """The tasks of a whole plan."""
    return read_in_pieces([text], names, earlier=earlier)[0]


def read_one(text: str, names: Collection[str] | None = None, *, earlier: Collection[int] = ()) -> Task:
    """The only task of a plan."""
    (task,) = read(text, names, earlier=earlier)
    return task


def arguments(written: str, *, earlier: Collection[int] = (1, 2, 3)) -> tuple:
    """The arguments of a call that must be readable, keyword arguments as a last item if there are any."""
    task = read_one(f"7. f({written})", earlier=earlier)
    assert task.error is None, task.error
    return (*task.args, task.kwargs) if task.kwargs else task.args


def read_in_pieces(
    pieces: Iterable[str], names: Collection[str] | None = None, *, earlier: Collection[int] = ()
) -> tuple[list[Task], Ending | None]:
    """The tasks and the ending of a plan that arrives in pieces."""
    parser = PlanParser(names, earlier=earlier)
    tasks = [task for piece in pieces for task in parser.feed(piece)]
    tasks += parser.close()
    assert parser.ended
    assert parser.feed("99. late()") == parser.close() == []
    return tasks, parser.ending


def calls(text: str, names: Collection[str] | None = None) -> list[tuple]:
    """Id, tool and positional arguments of each task of a plan, none of which may be wrong."""
    tasks = read(text, names)
    assert not [task.error for task in tasks if task.error]
    return [(task.id, task.tool, *task.args) for task in tasks]

"""One tree for each run: what hangs where, what it is called, what it can be found by, and what a reader is shown."""

from langgraph.checkpoint.memory import InMemorySaver

from tests.support import ask, both, create_llm_compiler, finish, plan, scripted, search, thread


def fail(query: str) -> str:
    """Never find it."""
    raise LookupError(query)


@both
def test_every_call_is_a_run_of_its_own_under_the_executor(invoke, traces):
    written = plan('search("a")', 'search("more of $1")', 'search.map(["p", $2])', 'fail("x")', 'search("$4 and $1")')
    graph = create_llm_compiler(scripted(written, finish()), [search, fail])
    invoke(graph, ask())
    traces.assert_tree("calls")


@both
def test_the_journals_entries_stand_apart(invoke, traces):
    graph = create_llm_compiler(
        scripted(plan('search("a")', 'search("b")'), finish()), [search], checkpointer=InMemorySaver()
    )
    invoke(graph, ask(), thread())
    traces.assert_tree("journal")

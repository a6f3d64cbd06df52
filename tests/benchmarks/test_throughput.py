"""Which questions are asked at once."""

from langgraph_llm_compiler.benchmarks.measures.throughput import _by_turns


def test_shapes_take_turns():
    cases = _by_turns(["2 searches", "replan", "chain of 5"], 5)
    assert [case.question.id for case in cases] == [
        "2 searches #1", "replan #1", "chain of 5 #1", "2 searches #2", "replan #2",
    ]  # fmt: skip
    assert [case.shape for case in _by_turns(["8 searches"], 2)] == ["8 searches"] * 2

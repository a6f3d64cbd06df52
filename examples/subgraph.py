"""The compiler within graphs of yours: as a node after a router, and called from a node whose state is another.

    python examples/subgraph.py

Needs the extras: pip install "langgraph-llm-compiler[all]". Swap the model for one of yours, and the tools with it.
"""

from typing import Any, Literal

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, MessagesState, StateGraph
from typing_extensions import TypedDict

from langgraph_llm_compiler import TaskRecord, create_llm_compiler
from langgraph_llm_compiler.benchmarks.suites import load_suite
from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.simulator.process import SimulatedProcess


class Desk(MessagesState):
    """A parent that shares the conversation, and the records of tasks, with the compiler."""

    tasks: list[TaskRecord]


def front_desk(compiler: Any) -> Any:
    """Questions go to the compiler, which is a node; all else is answered at once."""

    def route(state: Desk) -> Literal["compiler", "small_talk"]:
        return "compiler" if state["messages"][-1].text.strip().endswith("?") else "small_talk"

    def small_talk(state: Desk) -> dict[str, Any]:
        return {"messages": [AIMessage("Ask me a question.")]}

    builder = StateGraph(Desk)
    builder.add_node("compiler", compiler)
    builder.add_node(small_talk)
    builder.add_conditional_edges(START, route)
    builder.add_edge("compiler", END)
    builder.add_edge("small_talk", END)
    return builder.compile()


class Report(TypedDict):
    """A parent that knows no messages."""

    questions: list[str]
    answers: list[str]


def reporter(compiler: Any) -> Any:
    """A node calls the compiler, several times at once, and takes what it wants of the output."""

    async def write(state: Report) -> dict[str, Any]:
        outs = await compiler.abatch([{"messages": [("user", each)]} for each in state["questions"]])
        return {"answers": [out["messages"][-1].text for out in outs]}

    def write_sync(state: Report) -> dict[str, Any]:
        outs = compiler.batch([{"messages": [("user", each)]} for each in state["questions"]])
        return {"answers": [out["messages"][-1].text for out in outs]}

    builder = StateGraph(Report)
    builder.add_node("write", RunnableLambda(write_sync, write))
    builder.add_edge(START, "write")
    return builder.compile()


def main() -> None:
    suite = load_suite("sample")
    questions = [suite.questions[0].question, suite.questions[4].question]
    with SimulatedProcess(player="langgraph_llm_compiler.benchmarks.suites.sample:player") as endpoint:
        model = simulated_model(endpoint.base_url)
        compiler = create_llm_compiler(model, suite.make_tools(model), examples=suite.prompts["chat"].examples)
        for said in ("Hello.", questions[0]):
            out = front_desk(compiler).invoke({"messages": [("user", said)]})
            print(f"{said} -> {out['messages'][-1].text} ({len(out.get('tasks', ()))} tasks)")
        answers = reporter(compiler).invoke({"questions": questions})["answers"]
        for question, answer in zip(questions, answers, strict=True):
            print(f"{question} -> {answer}")


if __name__ == "__main__":
    main()

"""A chat in a terminal: the tasks as they start and end, approvals, and the answer as it is written.

    python examples/streaming_ui.py

Needs the extras: pip install "langgraph-llm-compiler[all]". Swap the model for one of yours, and the tools with it.
"""

import time
from collections.abc import Callable
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_llm_compiler import create_llm_compiler
from langgraph_llm_compiler.benchmarks.suites import load_suite
from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.simulator.process import SimulatedProcess

Decide = Callable[[dict[str, Any]], dict[str, Any]]


def chat(graph: Any, question: str, config: Any, decide: Decide) -> None:
    """Ask, and show what happens; `decide` is given each call that waits for a person."""
    given: Any = {"messages": [("user", question)]}
    while given is not None:
        given = show(graph.stream(given, config, stream_mode=["messages", "custom", "updates"]), decide)
    print()


def show(parts: Any, decide: Decide) -> Command | None:
    """Show one run; gives the decisions to go on with, if it stops for a person."""
    resume = None
    for mode, part in parts:
        if mode == "custom" and part["type"] in ("task_started", "task_finished"):
            show_task(part)
        elif mode == "messages" and part[0].type == "AIMessageChunk":
            print(part[0].text, end="", flush=True)
        elif mode == "updates" and "__interrupt__" in part:
            calls = part["__interrupt__"][0].value["action_requests"]
            resume = Command(resume={"decisions": [decide(call) for call in calls]})
    return resume


def show_task(event: dict[str, Any]) -> None:
    at = time.strftime("%H:%M:%S", time.localtime(event["at"]))
    place = event["id"] if event["element"] is None else f"{event['id']}[{event['element']}]"
    what = f"{event['status']}: {event['preview']}" if event["status"] else str(event["args"])
    print(f"{at}  {place:5} {event['tool']:8} {what[:80]}")


def ask_user(call: dict[str, Any]) -> dict[str, Any]:
    reply = input(f"{call['description']}\nRun it? [y/n] ")
    return {"type": "approve"} if reply.lower().startswith("y") else {"type": "reject"}


def main(decide: Decide = ask_user) -> None:
    suite = load_suite("sample")
    with SimulatedProcess(player="langgraph_llm_compiler.benchmarks.suites.sample:player") as endpoint:
        model = simulated_model(endpoint.base_url)
        graph = create_llm_compiler(
            model,
            suite.make_tools(model),
            examples=suite.prompts["chat"].examples,
            interrupt_on={"math": True},
            checkpointer=InMemorySaver(),
        )
        question = suite.questions[0].question
        print(question)
        chat(graph, question, {"configurable": {"thread_id": "1"}}, decide)


if __name__ == "__main__":
    main()

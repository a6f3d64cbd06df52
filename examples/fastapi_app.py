"""A chat server: threads that are kept, answers and tasks as server-sent events, and approval before a search.

    python examples/fastapi_app.py

    curl -N 127.0.0.1:8000/threads/1 -H "content-type: application/json" -d '{"say": "..."}'
    curl -N 127.0.0.1:8000/threads/1 -H "content-type: application/json" -d '{"decisions": [{"type": "approve"}]}'

Needs: pip install "langgraph-llm-compiler[all]" fastapi uvicorn. The simulator answers the sample questions; swap the
model and the tools for yours.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from langchain_core.messages import BaseMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from langgraph_llm_compiler import LLMCompilerError, create_llm_compiler
from langgraph_llm_compiler.benchmarks.suites import load_suite
from langgraph_llm_compiler.models import simulated_model
from langgraph_llm_compiler.simulator.process import SimulatedProcess


class Turn(BaseModel):
    """What a user says, or decides on the calls that wait."""

    say: str | None = None
    decisions: list[dict[str, Any]] | None = None


class EventStream(StreamingResponse):
    """Server-sent events that end with the client's connection, also while nothing is sent, as while a tool works."""

    media_type = "text/event-stream"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what comes, until there is no more of it or nobody to send it to."""
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self.stream_response(send))
            leaving = group.create_task(self.listen_for_disconnect(receive))
            sending.add_done_callback(lambda _: leaving.cancel())
            leaving.add_done_callback(lambda _: sending.cancel())


def create_app(graph: Any) -> FastAPI:
    """The server of a graph that has a checkpointer."""
    app = FastAPI()

    @app.post("/threads/{thread_id}")
    async def talk(thread_id: str, turn: Turn) -> EventStream:
        if (turn.say is None) == (turn.decisions is None):
            raise HTTPException(422, "give either `say` or `decisions`")
        given = (
            Command(resume={"decisions": turn.decisions}) if turn.say is None else {"messages": [("user", turn.say)]}
        )
        config = {"configurable": {"thread_id": thread_id}}
        return EventStream(events(graph, given, config))

    return app


async def events(graph: Any, given: Any, config: Any) -> AsyncIterator[str]:
    """The run as server-sent events."""
    try:
        async for mode, part in graph.astream(given, config, stream_mode=["messages", "custom", "updates"]):
            if mode == "messages":
                yield event("message", shown(part[0]))
            elif mode == "custom" and part["type"].startswith("task_"):
                yield event("task", part)
            elif mode == "updates" and "__interrupt__" in part:
                yield event("approval", part["__interrupt__"][0].value)
    except LLMCompilerError as error:
        yield event("error", {"text": str(error)})
    yield event("end", {})


def shown(message: BaseMessage) -> dict[str, Any]:
    """A message, or a piece of one, as a chat needs it; pieces of one id belong together."""
    who = "tool" if isinstance(message, ToolMessage) else "ai"
    calls = [{"name": call["name"], "args": call["args"]} for call in getattr(message, "tool_calls", ())]
    return {"id": message.id, "from": who, "text": message.text, "calls": calls}


def event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def main() -> None:
    suite = load_suite("sample")
    with SimulatedProcess(player="langgraph_llm_compiler.benchmarks.suites.sample:player") as endpoint:
        model = simulated_model(endpoint.base_url)
        graph = create_llm_compiler(
            model,
            suite.make_tools(model),
            examples=suite.prompts["chat"].examples,
            interrupt_on={"search": True},
            checkpointer=InMemorySaver(),
        )
        print("ask, for example:", suite.questions[0].question)
        uvicorn.run(create_app(graph), host="127.0.0.1", port=8000)


if __name__ == "__main__":
    main()

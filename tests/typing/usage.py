"""The public face as users' code has it: type checkers find nothing wrong here, and infer what is asserted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, assert_type

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.tools import BaseTool, tool
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, RetryPolicy
from pydantic import BaseModel
from typing_extensions import TypedDict

from langgraph_llm_compiler import (
    LLMCompilerContext,
    LLMCompilerError,
    LLMCompilerInput,
    LLMCompilerOutput,
    LLMCompilerState,
    ModelError,
    PlanParseError,
    TaskRecord,
    ToolPolicy,
    UnknownToolError,
    create_llm_compiler,
    create_react_baseline,
)
from langgraph_llm_compiler.plan import PlanParser, Task

Plain: TypeAlias = CompiledStateGraph[LLMCompilerState, LLMCompilerContext, LLMCompilerInput, LLMCompilerOutput[Any]]
Status: TypeAlias = Literal["ok", "error", "skipped", "cancelled", "rejected", "timeout"]


@tool
def search(query: str) -> str:
    """Look a thing up."""
    return query


def double(number: float) -> float:
    """Twice a number."""
    return 2 * number


class Height(BaseModel):
    """An answer as a pydantic model."""

    metres: int


@dataclass
class Place:
    """An answer as a dataclass."""

    name: str


class Peak(TypedDict):
    """An answer as a TypedDict."""

    name: str


class Tenant(TypedDict):
    """A context of the user's."""

    user: str


class TenantAndSettings(LLMCompilerContext):
    """A context of the user's, with what this package lets a run set."""

    user: str


@dataclass
class Session:
    """A context as a dataclass."""

    user: str = "ann"


def the_graph_of_a_model_and_tools(model: BaseChatModel, tools: list[BaseTool]) -> None:
    assert_type(create_llm_compiler(model, tools), Plain)
    assert_type(create_llm_compiler("openai:gpt-4.1-mini", [search, double]), Plain)
    assert_type(create_react_baseline("openai:gpt-4.1-mini", (search,), parallel_tool_calls=True), Plain)
    assert_type(create_react_baseline(model, tools, style="text"), Plain)


def every_argument(model: BaseChatModel) -> Plain:
    functions: list[Callable[[float], float]] = [double]
    rules = {"search": True}
    return create_llm_compiler(
        model,
        functions,
        joiner_model="openai:gpt-4.1",
        examples=["Question: ...", ("How high?", '1. search("K2")')],
        planner_prompt="{tools}",
        joiner_prompt=None,
        max_replans=1,
        stream=False,
        prompt_style="paper",
        system_prompt="Be brief.",
        tool_policies={"search": ToolPolicy(timeout=10, retry=RetryPolicy(), read_only=True)},
        interrupt_on=rules,
        max_tasks=None,
        max_map_size=10,
        max_history_tokens=None,
        checkpointer=InMemorySaver(),
        store=InMemoryStore(),
        cache=InMemoryCache[Any](),
        name="mine",
    )


def rules_for_approval(model: BaseChatModel) -> None:
    create_llm_compiler(model, [search], interrupt_on={"search": True, "double": False}, checkpointer=True)
    create_llm_compiler(
        model, [search], interrupt_on={"search": {"allowed_decisions": ["approve", "reject"], "description": "Sure?"}}
    )


def messages_in_every_form(graph: Plain, given: list[HumanMessage]) -> None:
    graph.invoke({"messages": [("user", "How high?")]})
    graph.invoke({"messages": [{"role": "user", "content": "How high?"}]})
    graph.invoke({"messages": [HumanMessage("How high?"), ("ai", "8,849 m"), "And K2?"]})
    graph.invoke({"messages": given})
    graph.invoke(LLMCompilerInput(messages=given))
    graph.invoke(Command(resume={"decisions": [{"type": "approve"}]}))
    graph.invoke(None, {"configurable": {"thread_id": "1"}, "max_concurrency": 8})


def what_a_run_gives(graph: Plain) -> None:
    out = graph.invoke({"messages": [("user", "How high?")]}, version="v2").value
    assert_type(out, LLMCompilerOutput[Any])
    assert_type(out["messages"], list[AnyMessage])
    record = out.get("tasks", [])[0]
    assert_type(record, TaskRecord)
    assert_type(record["status"], Status)
    assert_type(record["started_at"], float | None)
    assert_type(record["dependencies"], list[int])
    assert_type(record.get("elements", []), list[TaskRecord])


async def what_an_async_run_gives(graph: Plain) -> None:
    result = await graph.ainvoke({"messages": [("user", "How high?")]}, version="v2")
    assert_type(result.value, LLMCompilerOutput[Any])
    async for _ in graph.astream({"messages": [("user", "How high?")]}, stream_mode=["custom", "messages"]):
        break
    for part in graph.stream({"messages": [("user", "How high?")]}, stream_mode="values", version="v2"):
        assert part["type"]


def the_shape_of_the_answer(model: BaseChatModel) -> None:
    question = LLMCompilerInput(messages=[("user", "How high?")])
    height = create_llm_compiler(model, [search], response_format=Height).invoke(question, version="v2").value
    assert_type(height, LLMCompilerOutput[Height])
    assert_type(height.get("structured_response"), Height | None)
    place = create_llm_compiler(model, [search], response_format=Place).invoke(question, version="v2").value
    assert_type(place.get("structured_response"), Place | None)
    peak = create_llm_compiler(model, [search], response_format=Peak).invoke(question, version="v2").value
    assert_type(peak.get("structured_response"), Peak | None)
    schema: dict[str, Any] = {"title": "height", "properties": {}}
    untyped = create_llm_compiler(model, [search], response_format=schema).invoke(question, version="v2").value
    assert_type(untyped, LLMCompilerOutput[Any])


def the_context_of_a_run(model: BaseChatModel, graph: Plain) -> None:
    question = LLMCompilerInput(messages=[("user", "How high?")])
    graph.invoke(question, context={"max_replans": 0, "joiner_model": "openai:gpt-4.1"})
    graph.invoke(question, context=LLMCompilerContext(model="openai:gpt-4.1"))
    tenants = create_llm_compiler(model, [search], context_schema=Tenant)
    assert_type(tenants, CompiledStateGraph[LLMCompilerState, Tenant, LLMCompilerInput, LLMCompilerOutput[Any]])
    tenants.invoke(question, context={"user": "ann"})
    both = create_llm_compiler(model, [search], context_schema=TenantAndSettings, response_format=Height)
    both.invoke(question, context={"user": "ann", "max_replans": 0})
    create_llm_compiler(model, [search], context_schema=Session).invoke(question, context=Session("bob"))
    create_react_baseline(model, [search], context_schema=Tenant).invoke(question, context={"user": "ann"})


def as_part_of_a_larger_graph(graph: Plain) -> None:
    builder = StateGraph(MessagesState)
    builder.add_node("compiler", graph)
    builder.add_edge(START, "compiler")
    builder.compile().invoke({"messages": [HumanMessage("How high?")]})
    assert_type(graph.with_config(max_concurrency=8), Plain)
    assert_type(graph.name, str)


def as_a_tool_of_another_agent(graph: Plain) -> str:
    messages = graph.invoke({"messages": [("user", "How high?")]}, version="v2").value["messages"]
    return messages[-1].text


def what_is_raised(graph: Plain) -> None:
    try:
        graph.invoke({"messages": []})
    except ModelError as error:
        assert_type(error.endpoint, str)
        assert_type(error.cause, BaseException)
    except LLMCompilerError as error:
        print(error)


def a_plan_is_read(text: str) -> None:
    for each in PlanParser(["search"]).feed(text):
        assert_type(each, Task)
        if isinstance(each.error, PlanParseError):
            assert_type(each.error.line, int)
        elif isinstance(each.error, UnknownToolError):
            assert_type(each.error.available, tuple[str, ...])

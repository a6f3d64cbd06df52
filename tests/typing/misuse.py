"""Wrong uses, which type checkers have to find: an ignored error that is none is an error itself."""

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from typing_extensions import TypedDict

from langgraph_llm_compiler import LLMCompilerContext, ToolPolicy, create_llm_compiler, create_react_baseline


class Tenant(TypedDict):
    """A context of the user's."""

    user: str


def arguments(model: BaseChatModel, tools: list[BaseTool]) -> None:
    create_llm_compiler(model)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    create_llm_compiler(1, tools)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    create_llm_compiler(model, tools, tools)  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue]
    create_llm_compiler(model, ["search"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    create_llm_compiler(model, tools, max_replan=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    create_llm_compiler(model, tools, prompt_style="short")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    create_llm_compiler(model, tools, max_replans="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    create_llm_compiler(model, tools, max_history_tokens="1k")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    create_llm_compiler(model, tools, response_format="json")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    create_llm_compiler(model, tools, context_schema=int)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    create_react_baseline(model, tools, style="chat")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def policies_and_rules(model: BaseChatModel, tools: list[BaseTool]) -> None:
    ToolPolicy(10)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ToolPolicy(timeout="10")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ToolPolicy().timeout = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    create_llm_compiler(model, tools, tool_policies={"search": {"timeout": 10}})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    create_llm_compiler(model, tools, interrupt_on={"search": {"allowed_decisions": ["agree"]}})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    create_llm_compiler(model, tools, interrupt_on={"search": "yes"})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def runs(model: BaseChatModel, tools: list[BaseTool]) -> None:
    graph = create_llm_compiler(model, tools)
    graph.invoke({"question": "How high?"})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    graph.invoke("How high?")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    graph.invoke({"messages": [1]})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    graph.invoke({"messages": []}, context={"max_replan": 0})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    tenants = create_llm_compiler(model, tools, context_schema=Tenant)
    tenants.invoke({"messages": []}, context={"user": 1})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    tenants.invoke({"messages": []}, context=LLMCompilerContext(max_replans=0))  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    out = graph.invoke({"messages": []}, version="v2").value
    out["answer"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]
    out.get("tasks", [])[0]["state"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]

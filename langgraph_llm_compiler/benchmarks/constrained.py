"""Constrained plans: what a request to vLLM holds so that the model can write nothing but a plan for these tools.

For the planner's model alone. Joiner and tools ask for other texts, so they need a model without it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.tools import BaseTool

from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.plan.grammar import Style, plan_grammar

__all__ = ["constrained", "plan_grammar_of", "structured_outputs"]

Tools = Sequence[BaseTool | Callable[..., Any]]


def constrained(tools: Tools, *, replans: bool = True, style: Style = "paper") -> dict[str, Any]:
    """Give the `extra_body` of a planner's model at vLLM.

    Args:
        tools: The tools that plans may call, as `create_llm_compiler` takes them.
        replans: Whether there can be further rounds, whose plans go on counting. The grammar goes with every request of
            the model, so it then admits plans that start at any number, in the first round too. In the compact style
            all but the first plan are the joiner's.
        style: Prompt style of the graph.

    Raises:
        ConfigurationError: No tools, two of one name, or a name that plans cannot use.

    Example:
        >>> def search(query: str) -> str:
        ...     "Look a thing up."
        ...     return query
        >>> from langchain_openai import ChatOpenAI
        >>> vllm = {"model": "Qwen/Qwen3-8B", "base_url": "http://127.0.0.1:8000/v1", "api_key": "none"}
        >>> planner_model = ChatOpenAI(**vllm, extra_body=constrained([search]))
        >>> joiner_model = ChatOpenAI(**vllm)
    """
    return structured_outputs(
        plan_grammar_of(tools, first_id=None if replans and style == "paper" else 1, style=style)
    )


def plan_grammar_of(tools: Tools, **settings: Any) -> str:
    """Give the grammar of plans for LangChain tools, as they stand in a planner's prompt.

    Args:
        tools: Tools, or functions with docstrings.
        settings: What `plan.grammar.plan_grammar` takes besides.

    Raises:
        ConfigurationError: As for `create_llm_compiler`, and a name that plans cannot use.
    """
    signatures = ToolCaller(tools).signatures
    return plan_grammar({name: signature.schema for name, signature in signatures.items()}, **settings)


def structured_outputs(grammar: str) -> dict[str, Any]:
    """Give the field of a request by which vLLM (0.12 or newer) holds a reply to a grammar.

    >>> structured_outputs('root ::= "yes"')
    {'structured_outputs': {'grammar': 'root ::= "yes"'}}
    """
    return {"structured_outputs": {"grammar": grammar}}

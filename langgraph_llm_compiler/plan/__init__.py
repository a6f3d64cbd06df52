"""The plan language: pure Python, knows neither models nor graphs.

`PlanParser` makes tasks of a planner's text while it streams; `resolve` puts observations in the places of
references; `render_call` writes a task back.
"""

from langgraph_llm_compiler.plan.parser import PlanParser
from langgraph_llm_compiler.plan.reference import (
    items_of,
    observation_text,
    parse_reference,
    parts_in,
    references_in,
    resolve,
)
from langgraph_llm_compiler.plan.render import render_call, render_value
from langgraph_llm_compiler.plan.task import BegunMap, Element, Ending, Reference, Task

__all__ = [
    "BegunMap",
    "Element",
    "Ending",
    "PlanParser",
    "Reference",
    "Task",
    "items_of",
    "observation_text",
    "parse_reference",
    "parts_in",
    "references_in",
    "render_call",
    "render_value",
    "resolve",
]

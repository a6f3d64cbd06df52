"""The system prompt of a planner: wording, tools and examples put together."""

import re
from typing import Any

from langgraph.runtime import Runtime

from langgraph_llm_compiler.nodes.base import Parts
from langgraph_llm_compiler.prompts import planner as prompts

_PLACE = re.compile(r"\{(tools|join_number|examples)\}")


def planner_system(parts: Parts, runtime: Runtime[Any], default: str) -> str:
    """The system prompt; filled in by replacement in one pass, since prompts, tools and examples may hold braces.

    Args:
        parts: What the graph was built with.
        runtime: The run.
        default: The wording, unless the graph or the run has one of its own.
    """
    text = parts.prompt(runtime, "planner_prompt", default)
    values = {"tools": parts.tools_text, "join_number": str(len(parts.caller.signatures) + 1)}
    if parts.examples:
        values["examples"] = "\n\n".join(each.strip() for each in parts.examples)
        text = text if "{examples}" in text else text + prompts.EXAMPLES
    text = _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
    return f"{parts.system_prompt}\n\n{text}" if parts.system_prompt else text

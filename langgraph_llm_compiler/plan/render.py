"""Writes a task back in the plan language."""

import json
import math
from collections.abc import Mapping
from typing import Any

from langgraph_llm_compiler.plan.task import Reference, Task


def render_call(task: Task) -> str:
    """The call of a task as a plan writes it, references as they were written.

    What the parser reads from it are the same arguments again.

    >>> render_call(Task(2, "math", ("half of the height?",), {"context": [Reference(1, (), "$1")]}))
    'math("half of the height?", context=[$1])'
    """
    parts = [render_value(value) for value in task.args]
    parts += [f"{name}={render_value(value)}" for name, value in task.kwargs.items()]
    return f"{task.tool}{'.map' if task.is_map else ''}({', '.join(parts)})"


def render_value(value: Any) -> str:
    """One argument as a plan writes it.

    >>> render_value({"names": ["K2", None], "n": (1,)})
    '{"names": ["K2", None], "n": (1,)}'
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Reference) or value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else {math.inf: "1e999", -math.inf: "-1e999"}.get(value, "nan")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(render_value, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(render_value, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{render_value(key)}: {render_value(item)}' for key, item in value.items())}}}"
    return json.dumps(str(value), ensure_ascii=False)

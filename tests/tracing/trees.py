"""What a trace's runs are, drawn as a tree of text."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.tracing.ingest import Run

GRAPH = "llm_compiler"
_JOURNAL = re.compile(r"(results|call)#\d+$")
_ID = re.compile(r", id='\w+'")


def roots_of(runs: dict[str, Run]) -> list[Run]:
    """The roots, in the order of their start, once it is certain that every run hangs below one and has ended."""
    assert runs, "nothing was traced"
    for run in runs.values():
        assert run.get("end_time"), f"{run['name']} never ended"
        parent = runs.get(run.get("parent_run_id") or "")
        above = f"{parent['dotted_order']}." if parent else ""
        assert run["dotted_order"].startswith(above), f"{run['name']} does not hang below {parent['name']}"
        assert run["dotted_order"].count(".") == above.count("."), f"{run['name']} is an orphan"
        assert run["trace_id"] == (parent["trace_id"] if parent else run["id"])
    return sorted((run for run in runs.values() if not run.get("parent_run_id")), key=lambda run: run["dotted_order"])


def children_of(runs: dict[str, Run], run: Run) -> list[Run]:
    """What ran directly below a run: nodes in their order, calls in that of the plan, the journal's entries last."""
    below = [each for each in runs.values() if each.get("parent_run_id") == run["id"]]
    return sorted(below, key=lambda each: (_JOURNAL.match(each["name"]) is not None, _place(each)))


def _place(run: Run) -> Any:
    if run["run_type"] == "tool" and "plan_task" in (known := metadata_of(run)):
        place = [known.get(f"plan_{name}", 0) for name in ("round", "task", "element", "attempt")]
        return (1, place, run["dotted_order"])
    return (0 if run["run_type"] == "llm" else 2, [], run["dotted_order"])


def metadata_of(run: Run) -> dict[str, Any]:
    return (run.get("extra") or {}).get("metadata") or {}


def ours(run: Run) -> dict[str, Any]:
    """The metadata that this package adds."""
    return {key: value for key, value in metadata_of(run).items() if key.startswith("plan_")}


def drawn(runs: dict[str, Run]) -> str:
    """All trees, with what went in and came out of each run."""
    return "\n".join(line for root in roots_of(runs) for line in _lines(runs, root, "")) + "\n"


def _lines(runs: dict[str, Run], run: Run, indent: str) -> Iterator[str]:
    known = "".join(f" {key.removeprefix('plan_')}={value}" for key, value in sorted(ours(run).items()))
    yield f"{indent}{run['name']} [{run['run_type']}]{known}{_tokens(run)}"
    yield f"{indent}  < {_inputs(run)}"
    if run.get("error"):
        yield f"{indent}  ! {_error(run)}"
    else:
        yield f"{indent}  > {_outputs(run)}"
    below = children_of(runs, run)
    links = [each for each in below if _JOURNAL.match(each["name"])]
    for each in below:
        if each not in links:
            yield from _lines(runs, each, indent + "    ")
    if links:  # how many there are depends on what ended at the same time
        assert all(ours(each) == {"plan_journal": True} and not children_of(runs, each) for each in links)
        yield f"{indent}    results#... [chain] journal=True"


def _tokens(run: Run) -> str:
    usage = metadata_of(run).get("usage_metadata")
    return f" tokens={usage['input_tokens']}+{usage['output_tokens']}" if usage else ""


def _inputs(run: Run) -> str:
    if run["run_type"] == "llm":
        (messages,) = run["inputs"]["messages"]
        return ", ".join(each["id"][-1] for each in messages)
    return _json(run["inputs"])


def _outputs(run: Run) -> str:
    outputs = run["outputs"]
    if run["run_type"] == "llm":
        return json.dumps(outputs["generations"][0][0]["text"])
    if run["run_type"] == "tool":
        return json.dumps(outputs["output"]["content"])
    if run["name"] == GRAPH:  # what else it holds depends on how the graph was called
        return _json(outputs["messages"])
    return _json(outputs)


def _error(run: Run) -> str:
    """What was raised, without where."""
    return _ID.sub("", run["error"].partition("Traceback")[0].strip())


def _json(value: Any) -> str:
    return json.dumps(_short(value))


def _short(value: Any) -> Any:
    """Messages as their texts; nothing that differs from run to run."""
    if isinstance(value, dict) and "content" in value and "type" in value:
        calls = "".join(f" {each['id']}" for each in value.get("tool_calls") or ())
        return f"{value['type']}: {value['content']}{calls}"
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_short(each) for each in value]
    return value


def named(runs: dict[str, Run], name: str) -> list[Run]:
    """All runs of that name."""
    return [each for each in runs.values() if each["name"] == name]


def path_of(runs: dict[str, Run], run: Run) -> list[str]:
    """Names from the root down to the run."""
    parent = runs.get(run.get("parent_run_id") or "")
    return [*(path_of(runs, parent) if parent else ()), run["name"]]


def texts_of(bodies: Iterable[bytes]) -> str:
    """All that was sent, as one text."""
    return b"\n".join(bodies).decode(errors="replace")

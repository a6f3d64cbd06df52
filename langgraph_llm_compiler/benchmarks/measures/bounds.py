"""T* of a run that was made, and the compact limit: the critical path of its plans, prompts and tools."""

from collections.abc import Callable, Collection, Iterable, Sequence

from langgraph_llm_compiler.benchmarks.calls import ModelCall
from langgraph_llm_compiler.benchmarks.measures.critical_path import (
    Pace,
    RoundTiming,
    lower_bound,
    time_calls,
    time_round,
)
from langgraph_llm_compiler.benchmarks.measures.original import PromptSizes
from langgraph_llm_compiler.benchmarks.runner import Run
from langgraph_llm_compiler.benchmarks.setup import Setup
from langgraph_llm_compiler.benchmarks.suite_run import Outcome
from langgraph_llm_compiler.benchmarks.systems import find_system
from langgraph_llm_compiler.nodes.reply import Reply
from langgraph_llm_compiler.plan.task import Task
from langgraph_llm_compiler.state import TaskRecord
from langgraph_llm_compiler.tools.search import seeded_latency

ToolSeconds = Callable[[TaskRecord], float]


def bound_of_run(
    run: Run, pace: Pace, tool_seconds: ToolSeconds, prompts: Sequence[PromptSizes] | None = None
) -> float:
    """T* of an LLMCompiler run in the paper's style, in seconds.

    Args:
        run: The run.
        pace: Pace of the endpoint that answered it.
        tool_seconds: How long the tool of a task takes by itself; model calls that it makes are added.
        prompts: Sizes of the prompts by round, in place of those that the run sent.
    """
    plans = sorted((call for call in run.calls if call.node == "planner"), key=_start)
    joins = [call for call in run.calls if call.node == "joiner"]
    ends = [*(call.started for call in plans[1:]), float("inf")]
    rounds: list[RoundTiming] = []
    for number, (plan, end) in enumerate(zip(plans, ends, strict=True), start=1):
        durations = _durations(number, run.tasks, run.calls, pace, tool_seconds)
        sizes = prompts[number - 1] if prompts and number <= len(prompts) else None
        asked = [call for call in joins if plan.started <= call.started < end]
        joiner = sum(_call_seconds(call, pace, sizes and sizes.joiner) for call in asked)
        take = _taker(durations)
        rounds.append(time_round(plan.text, sizes.planner if sizes else plan.prompt_tokens, pace, take, joiner))
    return lower_bound(rounds)


def compact_limit(run: Run, pace: Pace, tool_seconds: ToolSeconds) -> float:
    """The limit of an LLMCompiler run in the compact style, in seconds: T* with its elements, replans and answers.

    The joiner's replies are the further plans and, unless `answer(...)` spares it, the answer.

    Args:
        run: The run.
        pace: Pace of the endpoint that answered it.
        tool_seconds: How long the tool of a task takes by itself; model calls that it makes are added.
    """
    replies = sorted((call for call in run.calls if call.node in ("planner", "joiner")), key=_start)
    names = {task["tool"] for task in run.tasks}
    plans = [call for call in replies if call.node == "planner" or _is_plan(call, names)]
    spoken = sum(_call_seconds(call, pace) for call in replies if call not in plans)
    rounds = [
        time_calls(plan.text, plan.prompt_tokens, pace, _call_taker(number, run, pace, tool_seconds))
        for number, plan in enumerate(plans, start=1)
    ]
    return lower_bound(rounds) + spoken


def _is_plan(call: ModelCall, names: Collection[str]) -> bool:
    reply = Reply(names)
    reply.feed(call.text)
    return reply.close() == "plan"


def search_seconds(latency: Callable[[str], float]) -> ToolSeconds:
    """Tool times of suites whose `search` takes `latency(query)` seconds; other tools take none of their own."""

    def seconds(task: TaskRecord) -> float:
        return latency(str((task["resolved"] or {}).get("query", ""))) if task["tool"] == "search" else 0.0

    return seconds


def bounds_of(outcomes: Sequence[Outcome], setup: Setup, pace: Pace | None) -> dict[str, float]:
    """T* by question id, of the runs among these that were made now and went well; in the compact style, its limit.

    It is known for LLMCompiler on a simulator of known pace, where tools take what the setup says.
    """
    suite = setup.suite()
    if pace is None or not setup.planned or not suite.search or setup.search.kind != "bundled":
        return {}
    seconds = search_seconds(seeded_latency(setup.tool_latency, setup.seed))
    runs = {outcome.question.id: outcome.run for outcome in outcomes if outcome.run}
    is_compact = find_system(setup.system).options.get("prompt_style") == "compact"
    bound = compact_limit if is_compact else bound_of_run
    return {id: bound(run, pace, seconds) for id, run in runs.items()}


def _durations(
    round: int, tasks: Sequence[TaskRecord], calls: Sequence[ModelCall], pace: Pace, tool_seconds: ToolSeconds
) -> dict[int, float]:
    """Seconds by id of the tasks of one round that were run."""
    return {
        task["id"]: tool_seconds(task)
        + _all_seconds((call for call in calls if call.tool_call == f"r{round}_t{task['id']}"), pace)
        for task in tasks
        if task["round"] == round and task["started_at"] is not None
    }


def _taker(durations: dict[int, float]) -> Callable[[Task], float]:
    return lambda task: durations.get(task.id, 0.0)


def _call_taker(round: int, run: Run, pace: Pace, tool_seconds: ToolSeconds) -> Callable[[Task], Sequence[float]]:
    """Seconds of each call of a task of one round; 0 for one that was not made."""
    records = {task["id"]: task for task in run.tasks if task["round"] == round}

    def seconds(record: TaskRecord, call_id: str) -> float:
        if record["started_at"] is None:
            return 0.0
        return tool_seconds(record) + _all_seconds((call for call in run.calls if call.tool_call == call_id), pace)

    def take(task: Task) -> Sequence[float]:
        record, call_id = records.get(task.id), f"r{round}_t{task.id}"
        if record is None:
            return [0.0]
        if not task.is_map:
            return [seconds(record, call_id)]
        return [seconds(each, f"{call_id}_e{place}") for place, each in enumerate(record.get("elements") or ())]

    return take


def _all_seconds(calls: Iterable[ModelCall], pace: Pace) -> float:
    return sum(_call_seconds(call, pace) for call in calls)


def _call_seconds(call: ModelCall, pace: Pace, prompt_tokens: int | None = None) -> float:
    return pace.call_seconds(call.prompt_tokens if prompt_tokens is None else prompt_tokens, call.completion_tokens)


def _start(call: ModelCall) -> float:
    return call.started

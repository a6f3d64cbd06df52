"""The executor: the only place where tools run. It reads the plan while it streams and keeps what calls gave."""

from collections.abc import Callable
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp, GraphInterrupt
from langgraph.runtime import Runtime, get_runtime

from langgraph_llm_compiler.context import setting
from langgraph_llm_compiler.execution.approvals import HeldCall, asks_about, decisions_for
from langgraph_llm_compiler.execution.durable import Journal
from langgraph_llm_compiler.execution.events import listener
from langgraph_llm_compiler.execution.links import is_subgraph
from langgraph_llm_compiler.execution.reads import ReadCache
from langgraph_llm_compiler.execution.repeats import RepeatableJournal
from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from langgraph_llm_compiler.execution.tracing import ROUND, note, note_statuses
from langgraph_llm_compiler.nodes.answer_out import AnswerOut
from langgraph_llm_compiler.nodes.base import Parts, State, Update, is_durable
from langgraph_llm_compiler.nodes.calls_out import CallsOut
from langgraph_llm_compiler.nodes.conversation import earlier_records
from langgraph_llm_compiler.nodes.direct import DirectAnswer, ends_directly
from langgraph_llm_compiler.nodes.graph_runs import CloseStreams
from langgraph_llm_compiler.nodes.message_out import Readers
from langgraph_llm_compiler.nodes.messages import tool_messages, turn_number, updates_of
from langgraph_llm_compiler.nodes.plan_source import PlanSource

ASKED, DECISIONS = "asked#", "decisions#"
"""Keys of what people were asked about and have decided, one request after another: `asked#0`, `decisions#0`."""


def make_executor(parts: Parts) -> Callable[[State, RunnableConfig], Any]:
    """The executor's node function."""

    async def executor(state: State, config: RunnableConfig) -> Update:
        runtime = get_runtime()
        note(config, {ROUND: state.get("round", 1)})
        journal = await opened_journal(runtime, config)
        try:
            executing = _Executing(parts, state, config, runtime, journal)
            await executing.run()
        finally:
            await journal.close()
        return await executing.update()

    return executor


class _Executing:
    """One visit of the executor."""

    def __init__(
        self, parts: Parts, state: State, config: RunnableConfig, runtime: Runtime[Any], journal: Journal
    ) -> None:
        self._parts, self._state, self._config, self._journal = parts, state, config, journal
        self._plan = PlanSource(parts, state, config, runtime, journal)
        self._unit = make_unit(parts, state, config, runtime, journal)
        readers = Readers(config)
        self._calls = CallsOut(state, self._unit, readers)
        out = AnswerOut(listener(runtime), readers)
        self._answer = DirectAnswer(parts, out, before=self._calls.show_results)
        self._unit.on_answer = self._answer.take

    async def run(self) -> None:
        """Run the plan to its end.

        Raises:
            GraphInterrupt: A person is asked.
        """
        try:
            await self._run()
        except BaseException as error:
            await stop(self._unit, error)
            if isinstance(error, GraphInterrupt):  # a chat shows what a person is asked about
                self._calls.show_calls()
            await self._plan.close(error)
            raise
        finally:
            note_statuses(self._config, self._unit.records)

    async def _run(self) -> None:
        await self._plan.feed(self._unit)
        direct, ending = ends_directly(self._unit.tasks, self._parts.caller.returns_direct), self._plan.ending
        if not direct and self._parts.style == "compact" and ending is not None and ending.name == "answer":
            self._unit.finish(ending)
        await run_to_end(self._parts, self._state, self._unit, self._journal)
        self._answer.take_results(direct)

    async def update(self) -> Update:
        """What the round adds to the state, with the answer if the plan gave it."""
        plan, earlier = self._plan, self._state.get("plans", [])[: self._state.get("round", 1) - 1]
        update = round_update(self._state, self._unit)
        update |= {"plan": plan.text, "plans": [*earlier, plan.text], "plan_stream": plan.stream_id}
        self._calls.complete(update["messages"])
        self._unit.release()
        if self._answer.text is None:
            return {**update, "answered": False}
        await plan.drain()
        message = self._answer.message(plan.usage)
        return {**update, **self._answer.update, "messages": [*update["messages"], message], "feedback": None}


async def opened_journal(runtime: Runtime[Any], config: RunnableConfig) -> Journal:
    """The journal of this node, with what an earlier attempt at it recorded."""
    if not is_durable(runtime):
        return Journal()
    # a node of a subgraph cannot know how the whole was started
    start, given = (None, None) if is_subgraph(runtime) else CloseStreams.start_of(config)
    journal = RepeatableJournal(given)
    await journal.replay(is_first=start == "question", is_answered=start != "nothing")
    return journal


def make_unit(
    parts: Parts, state: State, config: RunnableConfig, runtime: Runtime[Any], journal: Journal
) -> TaskFetchingUnit:
    """The task fetching unit of this round."""
    return TaskFetchingUnit(
        parts.caller,
        state,
        CloseStreams.left_out(config),
        round_=state.get("round", 1),
        earlier=earlier_records(state),
        limit=_limit(config, runtime),
        journal=journal,
        approved_tools=tuple(parts.approvals),
        asks=lambda call: _was_asked(journal, call) or asks_about(call, parts.approvals[call["name"]], state),
        decisions=_earlier_decisions(journal),
        emit=listener(runtime),
        max_tasks=parts.max_tasks,
        max_map_size=parts.max_map_size,
        reads=_read_cache(parts),
        turn=turn_number(state["messages"], state.get("turn"), state.get("round", 1)),
    )


def _limit(config: RunnableConfig, runtime: Runtime[Any]) -> int | None:
    """How many calls may run at once: the smaller of what the run's config and its context say."""
    configured = config.get("max_concurrency") or None  # 0 is no limit to LangGraph either
    chosen: int | None = setting(runtime.context, "max_concurrency", configured)
    return chosen if configured is None or chosen is None else min(configured, chosen)


def _read_cache(parts: Parts) -> ReadCache | None:
    """Where results of tools that only read are kept over runs, if the graph has a cache and such tools."""
    if parts.cache is None or not any(policy.read_only for policy in parts.caller.policies.values()):
        return None
    return ReadCache(parts.cache, lambda tool: parts.caller.policy(tool).cache_ttl)


async def run_to_end(parts: Parts, state: State, unit: TaskFetchingUnit, journal: Journal) -> None:
    """Return once every task of the plan has ended; where only a person can help, stop the run and ask.

    Raises:
        GraphInterrupt: Calls wait for approval, or for the answer to their own interrupt.
    """
    while True:
        await unit.settled()
        if unit.held:
            calls = [each.held_call() for each in sorted(unit.held, key=lambda each: each.order)]
            unit.decide(await _decisions(parts, state, journal, calls))
        elif unit.serial:
            await unit.run_serially()
        elif not unit.end_waiting():
            return


async def stop(unit: TaskFetchingUnit, error: BaseException) -> None:
    """End what still runs; only a run that stops for a person leaves its tasks open."""
    if isinstance(error, GraphBubbleUp):
        await unit.stop()
    else:
        await unit.cancel()


def round_update(state: State, unit: TaskFetchingUnit) -> Update:
    """What a round of calls adds to the state."""
    calls = unit.calls
    updates = updates_of(calls)
    further = updates.pop("messages", [])
    messages = tool_messages(state["messages"], state.get("turn"), calls)
    return {
        **updates,
        "tasks": [*earlier_records(state), *unit.records],
        "messages": [*messages, *further],
    }


async def _decisions(parts: Parts, state: State, journal: Journal, calls: list[HeldCall]) -> dict[str, dict[str, Any]]:
    """What people decide on these calls; recorded before any of them runs, so that nobody is asked twice.

    Raises:
        GraphInterrupt: They have not decided yet.
    """

    async def ask() -> dict[str, dict[str, Any]]:
        return decisions_for(calls, parts.approvals, state, _given_to(journal, number, keys))

    number, keys = len(_decided(journal)), [each["key"] for each in calls]
    if f"{ASKED}{number}" not in journal.entries:
        journal.record(f"{ASKED}{number}", keys)
    decisions: dict[str, dict[str, Any]] = await journal.run(f"{DECISIONS}{number}", ask)
    return decisions


def _given_to(journal: Journal, number: int, keys: list[str]) -> Any:
    """The answer that came with a run that repeats a request, if it is this one, and was open."""
    if not isinstance(journal, RepeatableJournal) or f"{ASKED}{number + 1}" in journal.first_time:
        return None
    return journal.given if journal.first_time.get(f"{ASKED}{number}") == keys else None


def _was_asked(journal: Journal, call: HeldCall) -> bool:
    """Whether a person was asked about the call before: an answer may be on its way, whatever a rule's `when` says."""
    return any(key.startswith(ASKED) and call["key"] in keys for key, keys in journal.entries.items())


def _decided(journal: Journal) -> list[dict[str, dict[str, Any]]]:
    return [value for key, value in journal.entries.items() if key.startswith(DECISIONS)]


def _earlier_decisions(journal: Journal) -> dict[str, dict[str, Any]]:
    """Decisions of people so far, by the keys of the calls."""
    return {key: decision for decisions in _decided(journal) for key, decision in decisions.items()}

"""The task fetching unit (paper, section 3.2): starts each task the moment everything it needs is there."""

import asyncio
import hashlib
import json
import random
import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_config

from langgraph_llm_compiler.errors import (
    DependencyCycleError,
    PlanError,
    UndefinedReferenceError,
    UnknownToolError,
)
from langgraph_llm_compiler.execution.calls import ToolCaller
from langgraph_llm_compiler.execution.durable import Journal
from langgraph_llm_compiler.execution.events import Emit, task_event
from langgraph_llm_compiler.execution.policy import pause_before_retry
from langgraph_llm_compiler.execution.reads import SharedReads
from langgraph_llm_compiler.execution.records import Outcome, as_written, planned_record, text_of
from langgraph_llm_compiler.execution.scheduled import ScheduledTask
from langgraph_llm_compiler.execution.slots import Slots
from langgraph_llm_compiler.plan.task import Task
from langgraph_llm_compiler.state import TaskRecord

MAP_REFUSED = "`.map` is not supported yet: write one task for each element"


class TaskFetchingUnit:
    """Runs the tasks of one plan as data flow, driven by completions alone.

    A task starts when its own dependencies have ended, whatever else runs or is still being planned. A failed task
    skips those that hang on it; all others go on.

    Args:
        caller: Calls the tools.
        state: The graph's state, which tools may have injected.
        config: Config of the node on whose behalf they are called.
        round_: Round of the plan.
        earlier: Records of earlier rounds; their observations can be referred to.
        limit: How many calls may run at once, or None.
        journal: Keeps finished calls.
        approved_tools: Tools whose calls a person has to approve.
        decisions: Decisions made so far, by the call's key.
        emit: Takes events, or None if nobody listens.
        max_tasks: How many tasks a plan may have.
        turn: Which of the conversation's turns with calls this is, from 1; ids of tool calls are unique over them.
    """

    def __init__(
        self,
        caller: ToolCaller,
        state: Mapping[str, Any],
        config: RunnableConfig,
        *,
        round_: int = 1,
        earlier: Sequence[TaskRecord] = (),
        limit: int | None = None,
        journal: Journal | None = None,
        approved_tools: Sequence[str] = (),
        decisions: Mapping[str, Mapping[str, Any]] | None = None,
        emit: Emit | None = None,
        max_tasks: int | None = None,
        turn: int = 1,
    ) -> None:
        self.tasks: list[ScheduledTask] = []
        self.held: list[ScheduledTask] = []
        self.serial: list[ScheduledTask] = []
        self._caller, self._state, self._config = caller, state, config
        self._round, self._turn = round_, turn
        self._journal, self._emit, self._max_tasks = journal or Journal(), emit, max_tasks
        self._approved_tools, self._decisions = frozenset(approved_tools), dict(decisions or {})
        self._earlier = {record["id"]: record for record in earlier}
        self._by_id: dict[int, ScheduledTask] = {}
        self._dependents: dict[int, list[ScheduledTask]] = defaultdict(list)
        self._slots = Slots(limit, lambda tool: caller.policy(tool).max_concurrency)
        self._reads = SharedReads()
        self._running: dict[asyncio.Task[Outcome], ScheduledTask] = {}
        self._endings: deque[tuple[ScheduledTask, Outcome]] = deque()
        self._is_ending = self._is_cancelled = False
        self._next_start: asyncio.Handle | None = None
        self._pauses: dict[ScheduledTask, asyncio.TimerHandle] = {}
        self._settled: asyncio.Future[None] | None = None
        self._failure: BaseException | None = None
        self._loop = asyncio.get_running_loop()

    def add(self, task: Task, planned_at: float | None = None, call_id: str | None = None) -> None:
        """Take a task of the plan, in plan order, and start it if it can start.

        Args:
            task: The task.
            planned_at: When it was planned, in Unix seconds; now, by default.
            call_id: Id of its tool call; by default made of round and task id, `r1_t3`.

        Raises:
            BaseException: What a call before it failed with, as from `settled`.
        """
        if self._failure is not None:
            raise self._failure
        record = planned_record(task, self._round, time.time() if planned_at is None else planned_at)
        scheduled = ScheduledTask(task, len(self.tasks), call_id or self._call_id(task.id), record)
        self.tasks.append(scheduled)
        error = self._prepare(scheduled)
        self._by_id.setdefault(task.id, scheduled)
        if self._emit:
            self._emit(task_event("task_planned", record))
        if error is not None:
            self._end(scheduled, Outcome(status="error", error=str(error)))
        elif scheduled.missing == 0:
            self._unblock(scheduled)
        self._start_ready()

    async def settled(self) -> None:
        """Return once nothing moves by itself: no call runs or is about to. What is left waits for a person.

        Raises:
            BaseException: A signal of LangGraph's, or a bug, that came out of a call.
        """
        while self._failure is None and (self._running or self._pauses):
            self._settled = self._loop.create_future()
            await self._settled
        if self._failure is not None:
            raise self._failure

    def end_waiting(self) -> bool:
        """Fail tasks that wait for each other, as only tasks that no parser has checked can; whether there were any."""
        waiting = [each for each in self.tasks if each.outcome is None]
        if not waiting:
            return False
        error = str(DependencyCycleError(each.task.id for each in waiting))
        for each in waiting:
            if each.outcome is None:
                self._end(each, Outcome(status="error", error=error))
        return True

    def decide(self, decisions: Mapping[str, Mapping[str, Any]]) -> None:
        """Go on with held calls on which a person has decided."""
        self._decisions |= decisions
        held, self.held = self.held, []
        for each in held:
            self._enqueue(each)
        self._start_ready()

    async def run_serially(self) -> None:
        """Run the first of the calls that interrupt the graph themselves."""
        self.serial.sort(key=lambda each: each.order)
        first = self.serial.pop(0)

        async def call() -> dict[str, Any]:
            self._note_start(first)
            # the config of the journal's link, so that interrupt() finds the answers to this call and no other
            return first.recorded(await self._call(first, get_config()))

        self._end(first, first.recalled(await self._journal.run(first.key, call)))
        self._start_ready()

    async def stop(self) -> None:
        """Start nothing more, cancel what runs, and wait until it has ended."""
        self._is_cancelled = True
        for pause in self._pauses.values():
            pause.cancel()
        for running in self._running:
            running.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def cancel(self) -> None:
        """Stop, and note all that has not ended as cancelled."""
        called = list(self._running.values())
        await self.stop()
        for each in self.tasks:
            if each.outcome is None:
                self._close(each, Outcome(status="cancelled", error="the run was cancelled"))
        for each in called:
            if each.key and each.outcome is not None:
                self._journal.record(each.key, each.recorded(each.outcome))

    @property
    def records(self) -> list[TaskRecord]:
        """Records of all tasks of this plan, in plan order."""
        return [each.record for each in self.tasks]

    def _call_id(self, task_id: int) -> str:
        call_id = f"r{self._round}_t{task_id}" + (f"_q{self._turn}" if self._turn > 1 else "")
        return f"{call_id}_{len(self.tasks)}" if task_id in self._by_id else call_id

    def _prepare(self, scheduled: ScheduledTask) -> PlanError | None:
        """Name the arguments and count what the task waits for; gives what is wrong with it, if anything is."""
        task = scheduled.task
        signature = self._caller.signatures.get(task.tool)
        wrong: PlanError | None = None
        scheduled.arguments = {**{str(k): value for k, value in enumerate(task.args)}, **task.kwargs}
        if signature is not None:
            try:
                scheduled.arguments = signature.named(task.args, task.kwargs)
            except PlanError as error:
                wrong = error
        scheduled.record["args"] = {name: as_written(value) for name, value in scheduled.arguments.items()}
        if problem := self._problem(task, is_known=signature is not None) or wrong:
            return problem
        return self._connect(scheduled)

    def _problem(self, task: Task, *, is_known: bool) -> PlanError | None:
        if self._max_tasks is not None and len(self.tasks) > self._max_tasks:
            return PlanError(f"the plan has more than max_tasks={self._max_tasks} tasks; this one was not run")
        if task.error is None and not is_known:
            return UnknownToolError(task.tool, self._caller.signatures)
        if task.error is None and task.is_map:
            return PlanError(MAP_REFUSED)
        return task.error

    def _connect(self, scheduled: ScheduledTask) -> PlanError | None:
        needs = scheduled.task.dependencies
        if unknown := [each for each in needs if each not in self._by_id and each not in self._earlier]:
            return UndefinedReferenceError(scheduled.task.id, f"${min(unknown)}")
        for dependency in sorted(needs):
            needed = self._by_id.get(dependency)
            scheduled.needs[dependency] = self._earlier[dependency] if needed is None else needed.record
            if needed is not None and needed.outcome is None:
                scheduled.missing += 1
                self._dependents[dependency].append(scheduled)
        if self._journal.is_durable:
            scheduled.key = self._journal_key(scheduled)
        return None

    def _journal_key(self, scheduled: ScheduledTask) -> str:
        """A hash of the call with the keys of what it needs, so that another plan never meets its result."""
        keys = [self._by_id[each].key for each in scheduled.record["dependencies"] if each in self._by_id]
        text = json.dumps([scheduled.call_id, scheduled.record["tool"], scheduled.record["args"], keys], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _unblock(self, scheduled: ScheduledTask) -> None:
        """All dependencies have ended: skip the task, recall its result, or let it run."""
        for dependency, needed in scheduled.needs.items():
            if needed["status"] != "ok":
                # a skipped one's own reason is left out: in a long chain they would add up to megabytes
                why = "skipped too" if needed["status"] == "skipped" else text_of(needed)
                reason = f"skipped: it needs ${dependency}, which has no result ({why})"
                return self._end(scheduled, Outcome(status="skipped", error=reason))
        try:
            # no other task's result is offered: inside a text, `$N` for a task that this one does not need is a price
            observations = {each: needed["observation"] for each, needed in scheduled.needs.items()}
            signature = self._caller.signatures[scheduled.task.tool]
            scheduled.record["resolved"] = signature.resolved(scheduled.arguments, observations)
        except PlanError as error:
            return self._end(scheduled, Outcome(status="error", error=str(error)))
        recorded = self._journal.entries.get(scheduled.key) if scheduled.key else None
        if recorded is not None and recorded["status"] != "cancelled":
            return self._end(scheduled, scheduled.recalled(recorded))
        tool = scheduled.record["tool"]
        if self._caller.policy(tool).read_only and tool not in self._approved_tools:
            if isinstance(shared := self._reads.shared(scheduled), Outcome):
                self._keep(scheduled, shared)
                return self._end(scheduled, shared)
            if shared:
                return None
        return self._enqueue(scheduled)

    def _enqueue(self, scheduled: ScheduledTask) -> None:
        if scheduled.record["tool"] in self._approved_tools and not scheduled.is_decided:
            if (decision := self._decisions.get(scheduled.key)) is None:
                self.held.append(scheduled)
                return
            if (outcome := scheduled.decided(decision)) is not None:
                self._end(scheduled, outcome)
                return
        if self._caller.policy(scheduled.record["tool"]).interrupts:
            self.serial.append(scheduled)
        else:
            self._slots.add(scheduled)

    def _start_ready(self) -> None:
        if self._next_start is None:
            self._start_next()

    def _start_next(self) -> None:
        """Start one call, and the next one in the next pass of the event loop.

        So a call gets on before others are begun. Were all begun at once, what they hold would outlive the collector's
        young generations, and each call would cost more, the more of them there are.
        """
        self._next_start = None
        if not (self._is_cancelled or self._failure) and (scheduled := self._slots.take()) is not None:
            self._note_start(scheduled)
            running = self._loop.create_task(self._call(scheduled, self._config))
            self._running[running] = scheduled
            running.add_done_callback(self._ended)
            self._next_start = self._loop.call_soon(self._start_next)

    def _note_start(self, scheduled: ScheduledTask) -> None:
        scheduled.attempts += 1
        if scheduled.attempts == 1:
            scheduled.record["started_at"] = time.time()
            if self._emit:
                self._emit(task_event("task_started", scheduled.record))

    async def _call(self, scheduled: ScheduledTask, config: RunnableConfig) -> Outcome:
        record = scheduled.record
        args = record["resolved"] or {}
        return await self._caller.call(record["tool"], args, scheduled.call_id, self._state, config)

    def _ended(self, running: "asyncio.Task[Outcome]") -> None:
        try:
            self._take_end(self._running.pop(running), running)
        except Exception as error:  # noqa: BLE001 - a callback's error reaches nobody, and the run would wait for ever
            self._failure = self._failure or error
        is_settled = self._failure is not None or not (self._running or self._pauses)
        if is_settled and self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    def _take_end(self, scheduled: ScheduledTask, running: "asyncio.Task[Outcome]") -> None:
        self._slots.free(scheduled)
        if running.cancelled():
            self._end(scheduled, Outcome(status="cancelled", error="the call was cancelled"))
        elif error := running.exception():
            self._failure = self._failure or error
        elif self._is_cancelled and running.result().exception is not None:  # the tool made an error of it
            self._end(scheduled, Outcome(status="cancelled", error="the call was cancelled"))
        elif not self._is_tried_again(scheduled, outcome := running.result()):
            self._end(scheduled, outcome)
            self._keep(scheduled, outcome)
        self._start_ready()

    def _is_tried_again(self, scheduled: ScheduledTask, outcome: Outcome) -> bool:
        if outcome.exception is None:
            return False
        policy = self._caller.policy(scheduled.record["tool"])
        pause = pause_before_retry(policy.retry, outcome.exception, scheduled.attempts, random.random)
        if pause is None:
            return False
        self._pauses[scheduled] = self._loop.call_later(pause, self._try_again, scheduled)
        return True

    def _try_again(self, scheduled: ScheduledTask) -> None:
        del self._pauses[scheduled]
        self._slots.add(scheduled)
        self._start_ready()

    def _end(self, scheduled: ScheduledTask, outcome: Outcome) -> None:
        """Note how a task ended and go on with those that waited for it; a loop, because chains can be long."""
        self._endings.append((scheduled, outcome))
        if self._is_ending:
            return
        self._is_ending = True
        while self._endings:
            ended, how = self._endings.popleft()
            self._close(ended, how)
            for each, shared in self._reads.take_waiting(ended, how):
                self._keep(each, shared)
                self._endings.append((each, shared))
            if self._by_id.get(ended.task.id) is ended and not self._is_cancelled:
                for dependent in self._dependents.pop(ended.task.id, ()):
                    dependent.missing -= 1
                    if dependent.missing == 0:
                        self._unblock(dependent)
        self._is_ending = False

    def _keep(self, scheduled: ScheduledTask, outcome: Outcome) -> None:
        """Record the end of a call, so that a resume neither runs it again nor has it end otherwise."""
        if scheduled.key:
            self._journal.record(scheduled.key, scheduled.recorded(outcome))

    def _close(self, scheduled: ScheduledTask, outcome: Outcome) -> None:
        scheduled.close(outcome)
        if self._emit:
            self._emit(task_event("task_finished", scheduled.record, text_of(scheduled.record)))

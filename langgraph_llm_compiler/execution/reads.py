"""Equal calls of tools that only read: one of them runs, the others take its result."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langgraph.cache.base import BaseCache

from langgraph_llm_compiler.execution.records import Outcome
from langgraph_llm_compiler.execution.scheduled import ScheduledTask
from langgraph_llm_compiler.state import TaskRecord

NAMESPACE = "llm_compiler_reads"
_KEPT = ("observation", "content", "artifact")


class ReadCache:
    """Results of calls that only read, kept by the graph's cache from run to run.

    Args:
        cache: LangGraph's cache, as given to `create_llm_compiler`.
        seconds_of: How long the results of a tool are kept, in seconds; None for as long as the cache keeps them.
    """

    def __init__(self, cache: BaseCache[Any], seconds_of: Callable[[str], int | None]) -> None:
        self._cache, self._seconds_of = cache, seconds_of

    async def get(self, tool: str, args: Mapping[str, Any]) -> Outcome | None:
        """The result of an equal call, if it is kept."""
        key = _place(tool, args)
        kept = (await self._cache.aget([key])).get(key)
        return None if kept is None else Outcome(**kept)

    async def put(self, tool: str, args: Mapping[str, Any], outcome: Outcome) -> None:
        """Keep a result; one that updates the state is not kept, because the update belongs to its run."""
        if outcome.update is None:
            kept = {name: getattr(outcome, name) for name in _KEPT}
            await self._cache.aset({_place(tool, args): (kept, self._seconds_of(tool))})


def _place(tool: str, args: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    return (NAMESPACE, tool), hashlib.sha256(_call(tool, args).encode()).hexdigest()


def _call(tool: str, args: Mapping[str, Any] | None) -> str:
    return json.dumps([tool, args], sort_keys=True, default=str)


def _calls(records: Sequence[TaskRecord]) -> Iterator[TaskRecord]:
    for record in records:
        yield from record.get("elements") or [record]


class SharedReads:
    """The calls of one turn that may be shared, by tool and arguments.

    Args:
        earlier: Records of earlier rounds.
        recorded: Ends of calls that an earlier attempt at this round recorded.
    """

    def __init__(self, earlier: Sequence[TaskRecord] = (), recorded: Sequence[Mapping[str, Any]] = ()) -> None:
        self._earlier, self._recorded = earlier, recorded
        self._known: dict[str, Mapping[str, Any]] | None = None
        self._first: dict[str, ScheduledTask] = {}
        self._waiting: dict[ScheduledTask, list[ScheduledTask]] = defaultdict(list)

    def shared(self, scheduled: ScheduledTask) -> Outcome | bool:
        """The result of an equal call; True if one runs and `take_waiting` will give this one; False if it has to run.

        A call that failed is not shared with those that come after it.
        """
        call = _call(scheduled.record["tool"], scheduled.record["resolved"])
        if self._known is None:
            ended = (each for each in (*_calls(self._earlier), *self._recorded) if each["status"] == "ok")
            self._known = {_call(each["tool"], each.get("resolved")): each for each in ended}
        if (known := self._known.get(call)) is not None:
            scheduled.record["started_at"] = known.get("started_at")
            return Outcome(known.get("observation"), content=known.get("content"), artifact=known.get("artifact"))
        first = self._first.setdefault(call, scheduled)
        if first is scheduled:
            return False
        if first.outcome is None:
            self._waiting[first].append(scheduled)
            return True
        if first.outcome.status == "ok":
            scheduled.record["started_at"] = first.record["started_at"]
            return _without_update(first.outcome)
        self._first[call] = scheduled
        return False

    def take_waiting(self, ended: ScheduledTask, outcome: Outcome) -> list[tuple[ScheduledTask, Outcome]]:
        """The calls that waited for this one, each with its result."""
        waiting = self._waiting.pop(ended, [])
        for each in waiting:
            each.record["started_at"] = ended.record["started_at"]
        return [(each, _without_update(outcome)) for each in waiting]


def _without_update(outcome: Outcome) -> Outcome:
    """State updates are applied once, with the call that ran."""
    return replace(outcome, update=None, exception=None)

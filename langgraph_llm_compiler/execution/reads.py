"""Equal calls of tools that only read: one of them runs, the others take its result."""

import json
from collections import defaultdict
from dataclasses import replace

from langgraph_llm_compiler.execution.records import Outcome
from langgraph_llm_compiler.execution.scheduled import ScheduledTask


class SharedReads:
    """The calls of one plan that may be shared, by tool and arguments."""

    def __init__(self) -> None:
        self._first: dict[str, ScheduledTask] = {}
        self._waiting: dict[ScheduledTask, list[ScheduledTask]] = defaultdict(list)

    def shared(self, scheduled: ScheduledTask) -> Outcome | bool:
        """The result of an equal call; True if one runs and `take_waiting` will give this one; False if it has to run.

        A call that failed is not shared with those that come after it.
        """
        call = json.dumps([scheduled.record["tool"], scheduled.record["resolved"]], sort_keys=True, default=str)
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

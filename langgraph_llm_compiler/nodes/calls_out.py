"""The calls of a round on their way to whoever reads the run's messages, where LangGraph would show them too late."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage

from langgraph_llm_compiler.execution.scheduler import TaskFetchingUnit
from langgraph_llm_compiler.nodes.base import State
from langgraph_llm_compiler.nodes.message_out import Readers
from langgraph_llm_compiler.nodes.messages import calls_message, result_message


class CallsOut:
    """Shows the calls of a round before its node ends, which is when LangGraph shows what the node returns.

    Args:
        state: The graph's state.
        unit: What runs the calls.
        readers: Who reads the run's messages.
    """

    def __init__(self, state: State, unit: TaskFetchingUnit, readers: Readers) -> None:
        self._state, self._unit, self._readers = state, unit, readers
        self._shown: AIMessage | None = None

    def show_calls(self) -> None:
        """Show the message with the calls, as far as they are known."""
        if self._readers.are_there and self._unit.calls:
            self._shown = calls_message(self._state["messages"], self._state.get("turn"), self._unit.calls)
            self._readers.show(self._shown)

    def show_results(self) -> None:
        """Show the message with the calls, and what has come of them so far."""
        self.show_calls()
        if self._shown is not None:
            for each in self._unit.calls:
                if each.outcome is not None:
                    self._readers.show(result_message(each))

    def complete(self, messages: Sequence[BaseMessage]) -> None:
        """These are the round's messages: show what LangGraph, which shows them next, would leave out.

        It leaves out a message of which it showed another state, and gives readers of events no events of a whole one.
        """
        if not self._readers.are_there or not messages or not isinstance(first := messages[0], AIMessage):
            return
        is_kept = any(each.id == first.id for each in self._state["messages"])  # it has another round's calls by now
        is_due = self._shown is None and self._readers.take_events
        if is_kept or is_due or (self._shown is not None and self._shown.tool_calls != first.tool_calls):
            self._readers.show(first)

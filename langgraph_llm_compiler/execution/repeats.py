"""Runs that are given an answer at a checkpoint that their thread has moved past.

LangGraph repeats the node there from its start, and gives what asks in it, by position, the answers that the first run
was given, before the one that came with this run. But the plan may be another one this time: an approval would reach a
call that nobody has seen. So those answers are put away. The answer that came with the run decides on the request that
was open at that checkpoint, if the run puts it again.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from langgraph.errors import GraphInterrupt

from langgraph_llm_compiler.errors import LLMCompilerError
from langgraph_llm_compiler.execution.durable import DurableJournal
from langgraph_llm_compiler.execution.links import NUMBER, forget_answers, saved_links

PAST = (
    "the thread has moved past this checkpoint, and what the run asks now may not be what was open there: first "
    "invoke(None, config) with the checkpoint's config, which asks anew in a branch of its own, then answer that"
)


class RepeatableJournal(DurableJournal):
    """A journal that knows whether its node is repeated.

    Attributes:
        first_time: What the first run recorded at the checkpoint that this one repeats; empty if it repeats none.
        given: The answer that came with the run, if that is known.
    """

    def __init__(self, given: Any = None) -> None:
        super().__init__()
        self.first_time: dict[str, Any] = {}
        self.given = given

    async def replay(self, *, is_first: bool = False, is_answered: bool = True) -> None:
        """As every journal; then tell whether LangGraph chose to repeat what was recorded."""
        await super().replay(is_first=is_first, is_answered=is_answered)
        if is_answered and not is_first and not self.entries:
            saved = await saved_links()
            self.first_time = {key: value for each in saved for key, value in each.items() if key != NUMBER}

    async def run(self, key: str, function: Callable[[], Awaitable[Any]]) -> Any:
        """As every journal; in a repeated node, no answer of the first run reaches the call.

        Raises:
            LLMCompilerError: It asks what the run's answer is not for. Whoever answered would be asked for ever,
                because LangGraph keeps requests with checkpoints of the past, and shows those of the last one.
        """
        if not self.first_time:
            return await super().run(key, function)

        async def anew() -> Any:
            forget_answers()
            try:
                return await function()
            except GraphInterrupt as error:
                if self.given is None:  # in a subgraph, where it is not known
                    raise
                raise LLMCompilerError(PAST) from error

        return await super().run(key, anew)

"""How long the prompts of the original implementation are for each shape: what the classic T* is worked out with."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple


class PromptSizes(NamedTuple):
    """Tokens of a round's two prompts: the planner's, and the joiner's."""

    planner: int
    joiner: int


ORIGINAL_PROMPTS: Mapping[str, Sequence[PromptSizes]] = MappingProxyType(
    {
        "2 searches": (PromptSizes(705, 786),),
        "8 searches": (PromptSizes(809, 2377),),
        "searches + math": (PromptSizes(1923, 3987),),
        "chain of 5": (PromptSizes(1911, 3770),),
        "32 wide": (PromptSizes(809, 3840),),
        "late dependents": (PromptSizes(1907, 4341),),
        "replan": (PromptSizes(1918, 3801), PromptSizes(2218, 3981)),
    }
)
"""Prompts by shape and round, in simulator tokens.

Source: the requests that the original implementation (SqueezeAILab/LLMCompiler, with its own in-context examples) sent
to the simulator for questions of these shapes. They do not follow from the prompts of this package, so that a shorter
prompt of ours never moves the bound that all systems are held against.
"""

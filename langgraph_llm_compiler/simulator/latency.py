"""When each token of a simulated reply leaves: arithmetic only, no clock."""

from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType

from langgraph_llm_compiler.errors import ConfigurationError

__all__ = ["DEFAULT_LATENCY", "LATENCIES", "Latency", "choose_latency"]


@dataclass(frozen=True, slots=True)
class Latency:
    """Speed of a simulated model.

    Token k (from 1) of a reply leaves `ttft + prefill * prompt_tokens / 1000 + k * tpot` milliseconds after its
    request arrived.

    Args:
        ttft: Fixed time before the first token, in milliseconds (queue, network).
        tpot: Time per output token, in milliseconds.
        prefill: Time to read 1,000 prompt tokens, in milliseconds.

    Raises:
        ConfigurationError: If one of them is negative or not a finite number.

    Example:
        >>> Latency(ttft=400, tpot=15, prefill=50).due(prompt_tokens=2000, tokens=10)
        0.65
    """

    ttft: float = 400.0
    tpot: float = 15.0
    prefill: float = 50.0

    def __post_init__(self) -> None:
        for name in ("ttft", "tpot", "prefill"):
            value = getattr(self, name)
            if not (isfinite(value) and value >= 0):
                raise ConfigurationError(f"{name} is a time in milliseconds, 0 or more, not {value!r}")

    def due(self, prompt_tokens: int, tokens: int) -> float:
        """Seconds from the arrival of a request until that many tokens of its reply have left.

        Args:
            prompt_tokens: Length of the prompt, in tokens.
            tokens: How many tokens of the reply; 0 gives the end of the prefill.
        """
        return (self.ttft + self.prefill * prompt_tokens / 1000 + self.tpot * tokens) / 1000


DEFAULT_LATENCY = Latency()

# The local ones were measured on one H200: single stream, bf16, random weights of that shape, CUDA-graph decoding
# in PyTorch; next to no fixed time before the first token.
LATENCIES = MappingProxyType(
    {
        "hosted": DEFAULT_LATENCY,
        "local-8b": Latency(ttft=0.0, tpot=8.9, prefill=29.0),
        "local-32b": Latency(ttft=0.0, tpot=25.7, prefill=115.0),
    }
)


def choose_latency(
    preset: str = "hosted", *, ttft: float | None = None, tpot: float | None = None, prefill: float | None = None
) -> Latency:
    """Takes a preset and puts the times that are given in its place.

    Args:
        preset: A name in `LATENCIES`.
        ttft: Milliseconds, or None for the preset's.
        tpot: Milliseconds per token, or None for the preset's.
        prefill: Milliseconds per 1,000 prompt tokens, or None for the preset's.

    Raises:
        ConfigurationError: If there is no such preset, or a time is negative.

    Example:
        >>> choose_latency("local-8b", ttft=100)
        Latency(ttft=100, tpot=8.9, prefill=29.0)
    """
    if preset not in LATENCIES:
        raise ConfigurationError(f"there is no latency preset {preset!r}; the presets are: {', '.join(LATENCIES)}")
    given = {"ttft": ttft, "tpot": tpot, "prefill": prefill}
    return replace(LATENCIES[preset], **{name: value for name, value in given.items() if value is not None})

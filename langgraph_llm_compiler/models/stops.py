"""Texts at which a reply ends: those of a model and those of a call, within what endpoints take."""

import re
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel

_REASONING = re.compile(r"(?:.*/)?(?:o\d|gpt-5)", re.IGNORECASE)

MOST_STOPS = 4
"""OpenAI's protocol takes no more; servers refuse the request if there are."""


def stop_texts(of_call: Sequence[str] | str | None, of_model: Sequence[str] | str | None) -> list[str] | None:
    """The texts to send: a call's own first, then the model's, as many as an endpoint takes.

    Returns:
        The texts, each once; `None` if there are none.

    Example:
        >>> stop_texts(["Observation:"], ("<END>", "Observation:"))
        ['Observation:', '<END>']
        >>> stop_texts(None, None) is None
        True
    """
    texts = dict.fromkeys((*_listed(of_call), *_listed(of_model)))
    return list(texts)[:MOST_STOPS] or None


def takes_stops(model: BaseChatModel) -> bool:
    """Whether the model's endpoint is known to take stop texts; OpenAI's reasoning models refuse requests with any."""
    is_openai = any(each.__name__ == "BaseChatOpenAI" for each in type(model).__mro__)
    return is_openai and not _REASONING.match(str(getattr(model, "model_name", "")))


def _listed(stop: Sequence[str] | str | None) -> Sequence[str]:
    return (stop,) if isinstance(stop, str) else stop or ()

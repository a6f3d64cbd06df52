"""Token counts of streamed replies."""

from typing import Any

from langchain_core.language_models import BaseChatModel


def counting(model: BaseChatModel) -> BaseChatModel:
    """The model, counting tokens while it streams, unless it was told whether to.

    langchain-openai's models do not count at addresses other than OpenAI's: some old servers refuse to be asked for it.
    For those, give the model `stream_usage=False`.

    Returns:
        The model itself, or a copy of it that shares its clients.

    Example:
        >>> from langchain_openai import ChatOpenAI
        >>> settings = {"model": "some-model", "api_key": "none", "base_url": "http://127.0.0.1:8000/v1"}
        >>> models = ChatOpenAI(**settings), ChatOpenAI(**settings, stream_usage=False)
        >>> [counting(each).stream_usage for each in models]
        [True, False]
    """
    settings: dict[str, Any] = getattr(model, "model_kwargs", None) or {}
    if getattr(model, "stream_usage", False) is not None or "stream_options" in settings:
        return model
    return model.model_copy(update={"stream_usage": True})

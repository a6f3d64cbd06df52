"""Chat models by name.

`openai:NAME` goes through langchain-openai, which also speaks to every server that offers OpenAI's protocol (give
`base_url`, or set `OPENAI_BASE_URL`). Other providers go through langchain's `init_chat_model`, an extra.
"""

import os
from typing import Any
from urllib.request import getproxies

from langchain_core.language_models import BaseChatModel

from langgraph_llm_compiler.errors import ConfigurationError

SIMULATED = "simulated"  # the name under which the simulator lists its model


def load_model(model: str | BaseChatModel, **kwargs: Any) -> BaseChatModel:
    """Give the chat model of that name.

    Args:
        model: `openai:NAME`, `PROVIDER:NAME`, or a model, which is given back as it is.
        **kwargs: For the model's class, such as `temperature`, `base_url`, `timeout` (seconds) or `max_retries`.

    Returns:
        The model; those of `openai:` count tokens while streaming too.

    Raises:
        ConfigurationError: The name has no provider or an unknown one, a key or a package is missing, or the provider's
            class refuses the arguments. Whether the model exists shows only when it is called.

    Example:
        >>> load_model("openai:some-model", api_key="none", base_url="http://127.0.0.1:8000/v1").model_name
        'some-model'
        >>> load_model("some-model")
        Traceback (most recent call last):
        ...
        langgraph_llm_compiler.errors.ConfigurationError: 'some-model' is no 'provider:name'; ...
    """
    if isinstance(model, BaseChatModel):
        if kwargs:
            raise ConfigurationError(f"{', '.join(kwargs)} cannot be set on a finished model; give its name instead")
        return model
    if not isinstance(model, str):
        raise ConfigurationError(f"{model!r} is no chat model; give one, or a name such as 'openai:NAME'")
    provider, colon, name = model.strip().partition(":")
    if not (provider and name):
        example = f"openai:{name or (not colon and provider) or 'NAME'}"
        raise ConfigurationError(f"{model!r} is no 'provider:name'; write {example!r}, or another provider's name")
    return _openai(name, kwargs) if provider == "openai" else _other(model.strip(), provider, kwargs)


def simulated_model(base_url: str, **kwargs: Any) -> BaseChatModel:
    """Give the model that the simulator plays, through the same client as a real one.

    Args:
        base_url: Address of the simulator, `http://127.0.0.1:PORT/v1`.
        **kwargs: For `ChatOpenAI`.

    Example:
        >>> simulated_model("http://127.0.0.1:8000/v1").model_name
        'simulated'
    """
    settings = {"api_key": "none", "base_url": base_url, "max_retries": 0, "temperature": 0} | kwargs
    if getproxies():
        settings = _direct_clients() | settings
    return _openai(SIMULATED, settings)


def _openai(name: str, kwargs: dict[str, Any]) -> BaseChatModel:
    if not (kwargs.get("api_key") or kwargs.get("openai_api_key") or os.environ.get("OPENAI_API_KEY")):
        raise ConfigurationError(
            f"there is no key for 'openai:{name}': set OPENAI_API_KEY (to any text, if the server asks for none)"
        )
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 - takes as long to import as LangGraph

    try:
        return ChatOpenAI(model=name, **{"stream_usage": True} | kwargs)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"'openai:{name}' cannot be set up: {error}") from error


def _other(model: str, provider: str, kwargs: dict[str, Any]) -> BaseChatModel:
    try:
        from langchain.chat_models import init_chat_model  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigurationError(
            f"{model!r} needs langchain and the package of its provider; install them with: "
            f'pip install "langgraph-llm-compiler[langchain]" langchain-{provider.replace("_", "-")}. '
            "Without them there is 'openai:NAME', also for any server that speaks OpenAI's protocol"
        ) from error
    try:
        loaded: BaseChatModel = init_chat_model(model, **kwargs)
    except Exception as error:
        # Each provider has errors of its own for a missing key or package.
        raise ConfigurationError(f"{model!r} cannot be set up: {error}") from error
    return loaded


def _direct_clients() -> dict[str, Any]:
    """Clients that take no notice of proxies: a proxy cannot reach a server on this machine's loopback."""
    from openai import DefaultAsyncHttpxClient, DefaultHttpxClient  # noqa: PLC0415 - as long as langchain_openai

    return {
        "http_client": DefaultHttpxClient(trust_env=False),
        "http_async_client": DefaultAsyncHttpxClient(trust_env=False),
        "http_socket_options": (),
    }

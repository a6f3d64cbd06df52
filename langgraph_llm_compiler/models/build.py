"""Builds chat models: by name, and from a `ModelSpec`.

What speaks OpenAI's protocol goes through langchain-openai. Other providers go through langchain's `init_chat_model`,
an extra.
"""

import os
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, cast, get_args

from langchain_core.language_models import BaseChatModel

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.models.clients import client_of
from langgraph_llm_compiler.models.environment import first_set
from langgraph_llm_compiler.models.spec import SIMULATED, ModelSpec, ModelType

_BY_NAME = [kind for kind in get_args(ModelType) if kind != SIMULATED]


def load_model(model: str | BaseChatModel, **kwargs: Any) -> BaseChatModel:
    """Give the chat model of that name.

    Args:
        model: `openai:NAME`, `PROVIDER:NAME`, or a model, which is given back as it is. The types of `ModelSpec` are
            providers too: `azure:DEPLOYMENT`, `vllm:NAME`, `friendli:NAME`. Where langchain is installed, a name alone
            will do if langchain knows whose it is, as for `create_agent`.
        **kwargs: For the model's class, such as `temperature`, `base_url`, `timeout` (seconds) or `max_retries`.

    Returns:
        The model; it counts tokens while streaming too, if its class can.

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
    if not colon and (loaded := _inferred(provider, kwargs)) is not None:
        return loaded
    if not (provider and name):
        example = f"openai:{name or (not colon and provider) or 'NAME'}"
        raise ConfigurationError(f"{model!r} is no 'provider:name'; write {example!r}, or another provider's name")
    if provider in _BY_NAME:
        return client_of(ModelSpec(type=cast(ModelType, provider), name=name), kwargs)
    return _other(model.strip(), provider, kwargs)


def build_model(spec: ModelSpec, **settings: Any) -> BaseChatModel:
    """Give the chat model of a spec. Keys come from the environment of this process.

    Args:
        spec: Which model.
        **settings: For the model's class, before what the spec says; `temperature` is 0 unless set.

    Returns:
        The model. It streams, counts tokens while streaming, and repeats requests that meet a rate limit or a failing
        server as often as its client does by default.

    Raises:
        ConfigurationError: A key, a package or something else that the type needs is missing: all of it is named.

    Example:
        >>> build_model(ModelSpec(type="vllm", name="llama", port=8001)).openai_api_base
        'http://localhost:8001/v1'
    """
    defaults: dict[str, Any] = {"temperature": 0, "timeout": spec.timeout}
    if spec.stop:
        defaults["stop"] = list(spec.stop)
    provider, _, name = str(spec.name).partition(":")
    if spec.type is None and provider in _BY_NAME:
        spec = replace(spec, type=cast(ModelType, provider), name=name)
    if spec.type is None:
        address = {"base_url": spec.base_url} if spec.base_url else {}
        return load_model(str(spec.name), **defaults | address | _named_key(spec) | settings)
    return client_of(spec, defaults | {"stream_chunk_timeout": spec.timeout} | settings)


def simulated_model(base_url: str, **kwargs: Any) -> BaseChatModel:
    """Give the model that the simulator plays, through the same client as a real one.

    Args:
        base_url: Address of the simulator, `http://127.0.0.1:PORT/v1`.
        **kwargs: For `ChatOpenAI`.

    Example:
        >>> simulated_model("http://127.0.0.1:8000/v1").model_name
        'simulated'
    """
    return client_of(ModelSpec(type=SIMULATED, name=SIMULATED, base_url=base_url), {"temperature": 0} | kwargs)


def _named_key(spec: ModelSpec) -> dict[str, Any]:
    """The key of a provider that is not ours to know, if the spec names its variable."""
    if not spec.api_key_env:
        return {}
    if (value := first_set([spec.api_key_env], os.environ)) is None:
        raise ConfigurationError(f"the environment has no {spec.api_key_env}: set it, or correct --api-key-env")
    return {"api_key": value}


def _inferred(name: str, kwargs: dict[str, Any]) -> BaseChatModel | None:
    """The model of a name without a provider, if langchain is there and knows whose it is."""
    if not name or find_spec("langchain") is None:
        return None
    try:
        return _other(name, name, kwargs)
    except ConfigurationError as error:
        if type(error.__cause__) is ValueError:  # it does not know; other errors tell what the provider's model needs
            return None
        raise


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
        loaded: Any = init_chat_model(model, **kwargs)
    except Exception as error:
        # Each provider has errors of its own for a missing key or package.
        raise ConfigurationError(f"{model!r} cannot be set up: {error}") from error
    if "stream_usage" in type(loaded).model_fields and "stream_usage" not in kwargs:
        loaded.stream_usage = True  # off by default in some, for servers that do not know it
    return cast(BaseChatModel, loaded)

"""Callbacks of a config, in whichever of langchain's two forms they come: a manager, or a list of handlers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackManager, BaseCallbackHandler, BaseCallbackManager, Callbacks
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config


def handlers_of(config: RunnableConfig) -> Sequence[BaseCallbackHandler]:
    """The handlers that see what is called with this config."""
    callbacks: Any = config.get("callbacks")
    handlers: Sequence[BaseCallbackHandler] = getattr(callbacks, "handlers", callbacks) or ()
    return handlers


def is_watched(config: RunnableConfig, own: Callbacks = None, *, verbose: bool = False) -> bool:
    """Whether a tracer or another callback would see a call made with this config, whether it names it or not.

    Args:
        config: The config.
        own: Callbacks of what is called.
        verbose: Whether what is called is to print what it does.
    """
    callbacks = ensure_config(config).get("callbacks")  # with those of the run around it
    return bool(AsyncCallbackManager.configure(callbacks, own, verbose=verbose).handlers)


def own_run(config: RunnableConfig) -> UUID | None:
    """Id of the run, of a node or a `@task`, that was given this config."""
    return getattr(config.get("callbacks"), "parent_run_id", None)


def with_handler(config: RunnableConfig, handler: BaseCallbackHandler) -> RunnableConfig:
    """The config for a call that this handler is to see too, and all that runs within it."""
    callbacks: Any = config.get("callbacks")
    if not isinstance(callbacks, BaseCallbackManager):
        return {**config, "callbacks": [*(callbacks or ()), handler]}
    callbacks = callbacks.copy()
    callbacks.add_handler(handler, inherit=True)
    return {**config, "callbacks": callbacks}


def without_handlers(config: RunnableConfig, kind: type[BaseCallbackHandler]) -> RunnableConfig:
    """The config for a call that handlers of this kind are not to see."""
    callbacks = config.get("callbacks")
    if not isinstance(callbacks, BaseCallbackManager):
        return config
    callbacks = callbacks.copy()
    for handler in [each for each in callbacks.handlers if isinstance(each, kind)]:
        callbacks.remove_handler(handler)
    return {**config, "callbacks": callbacks}

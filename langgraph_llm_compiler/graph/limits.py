"""Bounds among the arguments of the graphs."""

from langgraph_llm_compiler.errors import ConfigurationError


def check_least(least: int, **limits: int) -> None:
    """Refuse limits that are too low.

    Raises:
        ConfigurationError: One of them is below `least`.
    """
    for name, value in limits.items():
        if value < least:
            raise ConfigurationError(f"{name}={value}: give {least} or more")


def check_least_if_any(least: int, **limits: int | None) -> None:
    """Refuse limits that are too low; None is no limit.

    Raises:
        ConfigurationError: One of them is below `least`.
    """
    for name, value in limits.items():
        if value is not None and value < least:
            raise ConfigurationError(f"{name}={value}: give {least} or more, or None for no limit")

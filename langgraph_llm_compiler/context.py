"""Settings of a single run, given as `graph.invoke(..., context={...})`."""

import dataclasses
from typing import Any, ClassVar, NotRequired, Protocol

from pydantic import BaseModel, create_model
from typing_extensions import TypedDict, TypeVar, get_type_hints, is_typeddict

from langgraph_llm_compiler.errors import ConfigurationError


class LLMCompilerContext(TypedDict, total=False):
    """What can be set for one run; each field overrides the argument of `create_llm_compiler` of the same name.

    Attributes:
        model: Planner's model by name, "provider:name"; also the joiner's, unless that has one of its own.
        joiner_model: Joiner's model by name.
        planner_prompt: System prompt of the planner.
        joiner_prompt: System prompt of the joiner.
        max_replans: How often the joiner may ask for another plan.
    """

    model: str
    joiner_model: str
    planner_prompt: str
    joiner_prompt: str
    max_replans: int


class _TypedDictLike(Protocol):
    """Any TypedDict, to type checkers."""

    __required_keys__: ClassVar[frozenset[str]]
    __optional_keys__: ClassVar[frozenset[str]]


class _DataclassLike(Protocol):
    """Any dataclass, to type checkers."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


ContextT = TypeVar("ContextT", bound=_TypedDictLike | _DataclassLike | BaseModel | None, default=LLMCompilerContext)
"""What `context` is: the user's `context_schema`, or what can be set for every run."""

_TYPES: dict[str, type] = {"max_replans": int} | dict.fromkeys(
    ("model", "joiner_model", "planner_prompt", "joiner_prompt"), str
)


def merged_schema(user: type[Any] | None) -> type[Any]:
    """The user's context schema with our fields beside theirs, all of ours optional.

    Args:
        user: A TypedDict, dataclass or pydantic model, or None. A TypedDict that inherits from `LLMCompilerContext`
            has our fields already, for type checkers to see.

    Raises:
        ConfigurationError: A field of theirs has the name of one of ours, or the schema is of no such kind.
    """
    if user is None:
        return LLMCompilerContext
    if is_typeddict(user) and _fields(user).items() >= _ours().items():
        return user
    if clash := sorted(_TYPES.keys() & _names(user)):
        raise ConfigurationError(f"context_schema has {', '.join(clash)}, which this graph has too: rename yours")
    if dataclasses.is_dataclass(user):
        fields = [(name, kind | None, dataclasses.field(default=None, kw_only=True)) for name, kind in _TYPES.items()]
        return dataclasses.make_dataclass(user.__name__, fields, bases=(user,), frozen=_is_frozen(user))
    if isinstance(user, type) and issubclass(user, BaseModel):
        ours: dict[str, Any] = {name: (kind | None, None) for name, kind in _TYPES.items()}
        return create_model(user.__name__, __base__=user, **ours)
    if is_typeddict(user):
        typed_dict: Any = TypedDict  # a form of the type system, called to make a schema at run time
        schema: type[Any] = typed_dict(user.__name__, {**_fields(user), **_ours()})
        return schema
    raise ConfigurationError(f"context_schema={user!r}: give a TypedDict, a dataclass or a pydantic model")


def _names(schema: type[Any]) -> set[str]:
    """Names of the fields, inherited ones among them."""
    if dataclasses.is_dataclass(schema):
        return {each.name for each in dataclasses.fields(schema)}
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return set(schema.model_fields)
    return set(getattr(schema, "__annotations__", ()))


def _is_frozen(schema: type[Any]) -> bool:
    return bool(schema.__dataclass_params__.frozen)


def _fields(schema: Any) -> dict[str, Any]:
    hints = get_type_hints(schema, include_extras=True)
    return {name: NotRequired[kind] if name in schema.__optional_keys__ else kind for name, kind in hints.items()}


def _ours() -> dict[str, Any]:
    return {name: NotRequired[kind] for name, kind in _TYPES.items()}


def setting(context: Any, name: str, default: Any) -> Any:
    """The run's value for a setting, or the default if the run does not set it.

    Raises:
        ConfigurationError: The value is of the wrong type or out of bounds.
    """
    value = context.get(name) if isinstance(context, dict) else getattr(context, name, None)
    if value is None:
        return default
    if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
        raise ConfigurationError(f"context field {name!r} is {value!r}; give a value of type {_TYPES[name].__name__}")
    if isinstance(value, int) and value < 0:
        raise ConfigurationError(f"context field {name!r} is {value}; give 0 or more")
    return value

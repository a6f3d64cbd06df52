"""Settings of a single run, given as `graph.invoke(..., context={...})`."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import BaseModel, Field, create_model
from typing_extensions import TypedDict, TypeVar, is_typeddict

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.schemas import fields_of, optional, typed_dict


class LLMCompilerContext(TypedDict, total=False):
    """What can be set for one run; each field overrides the argument of `create_llm_compiler` of the same name.

    A field that is None, or a blank text, is as one that is not given. The baselines have `model` and
    `max_concurrency`.

    Attributes:
        model: Planner's model by name, "provider:name"; also the joiner's, unless that has one of its own.
        joiner_model: Joiner's model by name.
        planner_prompt: System prompt of the planner.
        joiner_prompt: System prompt of the joiner.
        max_replans: How often the joiner may ask for another plan; 0 or more.
        max_concurrency: How many tool calls may run at once, 1 or more; where the run's config has a
            `max_concurrency` too, the smaller holds.
    """

    model: str
    joiner_model: str
    planner_prompt: str
    joiner_prompt: str
    max_replans: int
    max_concurrency: int


class _TypedDictLike(Protocol):
    """Any TypedDict, to type checkers."""

    __required_keys__: ClassVar[frozenset[str]]
    __optional_keys__: ClassVar[frozenset[str]]


class _DataclassLike(Protocol):
    """Any dataclass, to type checkers."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


ContextT = TypeVar("ContextT", bound=_TypedDictLike | _DataclassLike | BaseModel | None, default=LLMCompilerContext)
"""What `context` is: the user's `context_schema`, or what can be set for every run."""


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """A field of the context, with what a form such as LangGraph Studio's shows of it.

    Attributes:
        name: Name of the field.
        kind: `str` or `int`.
        nodes: The nodes that it belongs to.
        description: What it sets.
        least: The least value that a number may have.
        form: "model" or "prompt", for a form that has more than a line of text for these.
        default: What holds when a run does not set it; None where that has no value to show.
    """

    name: str
    kind: type[Any]
    nodes: tuple[str, ...]
    description: str
    least: int | None = None
    form: str | None = None
    default: Any = None

    def annotation(self) -> Any:
        """The field's type, for a schema; its JSON schema is the same in every kind of schema."""
        kind: Any = self.kind
        if self.kind is int:
            kind = Annotated[int, Field(strict=True, ge=self.least)]  # strict: neither "2" nor True is a number
        return Annotated[kind | None, Field(json_schema_extra=self._describe)]

    def checked(self, value: Any) -> Any:
        """The value, or None where it sets nothing.

        Raises:
            ConfigurationError: It is of the wrong type or out of bounds.
        """
        if value is None or (isinstance(value, str) and self.kind is str and not value.strip()):
            return None
        if not isinstance(value, self.kind) or isinstance(value, bool):
            raise ConfigurationError(
                f"context field {self.name!r} is {value!r}; give a value of type {self.kind.__name__}"
            )
        if self.least is not None and value < self.least:
            raise ConfigurationError(f"context field {self.name!r} is {value}; give {self.least} or more")
        return value

    def _describe(self, schema: dict[str, Any]) -> None:
        shown = {
            "type": "integer" if self.kind is int else "string",
            "description": self.description,
            "minimum": self.least,
            "default": self.default,
            "langgraph_nodes": list(self.nodes),
            "langgraph_type": self.form,
        }
        schema.clear()  # of "or null", which a form has no field for
        schema.update({name: value for name, value in shown.items() if value is not None})


MAX_CONCURRENCY = Setting(
    "max_concurrency", int, ("executor",), "How many tool calls may run at once; any number if not set.", least=1
)
PLANNED = (
    Setting("model", str, ("planner",), 'Model of the planner, as "provider:name".', form="model"),
    Setting("joiner_model", str, ("joiner",), "Model of the joiner; the planner's if not set.", form="model"),
    Setting("planner_prompt", str, ("planner",), "System prompt of the planner; {tools} is filled in.", form="prompt"),
    Setting("joiner_prompt", str, ("joiner",), "What the joiner is told to do.", form="prompt"),
    Setting("max_replans", int, ("joiner",), "How often the joiner may ask for another plan.", least=0),
    MAX_CONCURRENCY,
)
"""Settings of LLMCompiler."""

TURN_BY_TURN = (
    Setting("model", str, ("agent",), 'Model of the agent, as "provider:name".', form="model"),
    dataclasses.replace(MAX_CONCURRENCY, nodes=("tools",)),
)
"""Settings of the baselines."""

_BY_NAME = {each.name: each for each in PLANNED}


def with_defaults(settings: Iterable[Setting], defaults: Mapping[str, Any]) -> tuple[Setting, ...]:
    """The settings of a graph that was built with these values.

    Args:
        settings: The settings.
        defaults: By name, what the graph was built with. What is neither text nor number, such as a model, is left out:
            no run could give it back.
    """
    shown = {name: value for name, value in defaults.items() if isinstance(value, (str, int)) and value != ""}
    return tuple(dataclasses.replace(each, default=shown.get(each.name)) for each in settings)


def merged_schema(user: type[Any] | None, settings: Iterable[Setting] = PLANNED) -> type[Any]:
    """The user's context schema with our fields beside theirs, all of ours optional.

    Args:
        user: A TypedDict, dataclass or pydantic model, or None. A TypedDict that inherits from `LLMCompilerContext`
            has our fields already, for type checkers to see.
        settings: Our fields.

    Raises:
        ConfigurationError: A field of theirs has the name of one of ours, or the schema is of no such kind.
    """
    types = {each.name: each.annotation() for each in settings}
    if user is None:
        return typed_dict(LLMCompilerContext.__name__, _optionals(types))
    if is_typeddict(user) and fields_of(user).items() >= fields_of(LLMCompilerContext).items():
        return typed_dict(user.__name__, fields_of(user) | _optionals(types))
    if clash := sorted(types.keys() & _names(user)):
        raise ConfigurationError(f"context_schema has {', '.join(clash)}, which this graph has too: rename yours")
    if dataclasses.is_dataclass(user):
        fields = [(name, kind, dataclasses.field(default=None, kw_only=True)) for name, kind in types.items()]
        return dataclasses.make_dataclass(user.__name__, fields, bases=(user,), frozen=_is_frozen(user))
    if isinstance(user, type) and issubclass(user, BaseModel):
        ours: dict[str, Any] = {name: (kind, None) for name, kind in types.items()}
        return create_model(user.__name__, __base__=user, **ours)
    if is_typeddict(user):
        return typed_dict(user.__name__, fields_of(user) | _optionals(types))
    raise ConfigurationError(f"context_schema={user!r}: give a TypedDict, a dataclass or a pydantic model")


def own_fields(schema: type[Any] | None) -> set[str]:
    """Names of the user's fields in a schema that `merged_schema` made."""
    return set() if schema is None else _names(schema) - _BY_NAME.keys()


def _names(schema: type[Any]) -> set[str]:
    """Names of the fields, inherited ones among them."""
    if dataclasses.is_dataclass(schema):
        return {each.name for each in dataclasses.fields(schema)}
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return set(schema.model_fields)
    return set(getattr(schema, "__annotations__", ()))


def _optionals(types: Mapping[str, Any]) -> dict[str, Any]:
    return {name: optional(kind) for name, kind in types.items()}


def _is_frozen(schema: type[Any]) -> bool:
    return bool(schema.__dataclass_params__.frozen)


def setting(context: Any, name: str, default: Any) -> Any:
    """The run's value for a setting, or the default if the run does not set it.

    Raises:
        ConfigurationError: The value is of the wrong type or out of bounds.
    """
    given = context.get(name) if isinstance(context, dict) else getattr(context, name, None)
    value = _BY_NAME[name].checked(given)
    return default if value is None else value


def check_settings(context: Any, settings: Iterable[Setting]) -> None:
    """Refuse a run that sets something wrong, before it has cost anything.

    Raises:
        ConfigurationError: A value is of the wrong type or out of bounds.
    """
    for each in settings:
        setting(context, each.name, None)

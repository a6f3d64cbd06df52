"""From a task's arguments, as planned, to the keyword arguments of its tool."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool, Tool
from langchain_core.utils.pydantic import model_json_schema

from langgraph_llm_compiler.errors import PlanError
from langgraph_llm_compiler.execution.records import storable
from langgraph_llm_compiler.plan.reference import Lookup, observation_text, resolve
from langgraph_llm_compiler.plan.task import Reference

Schema = Mapping[str, Any]


class Signature:
    """Names and JSON schemas of a tool's parameters, in the order in which positional arguments fill them.

    Args:
        tool: The tool; arguments that LangGraph injects are no part of its signature.
    """

    def __init__(self, tool: BaseTool) -> None:
        self.schema: Schema = _schema_of(tool)
        self.tool = tool.name
        self.parameters: dict[str, Schema] = self.schema.get("properties", {})
        self.definitions: Schema = {**self.schema.get("definitions", {}), **self.schema.get("$defs", {})}

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by parameter name; values are left as they are.

        Raises:
            PlanError: More positional arguments than parameters, two values for one parameter, or a parameter that the
                tool does not have.
        """
        names = tuple(self.parameters)
        if len(args) > len(names):
            raise PlanError(f"{self.tool} takes {len(names)} arguments ({', '.join(names)}), not {len(args)}")
        values = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name in values:
                raise PlanError(f"{self.tool} was given two values for {name!r}")
            if name not in self.parameters and not self.schema.get("additionalProperties"):
                raise PlanError(f"{self.tool} takes no argument {name!r}, but {', '.join(names) or 'none'}")
            values[name] = value
        return values

    def of_element(self, value: Any) -> dict[str, Any]:
        """The arguments of one element of a `.map` task, by parameter name.

        A tuple fills several parameters by position, a dict by name, unless the first parameter takes a dict and these
        are no names of parameters.

        Raises:
            PlanError: As for `named`.
        """
        first = next(iter(self.parameters.values()), {})
        if isinstance(value, tuple):
            return self.named(value, {})
        if isinstance(value, dict) and (self._has_all(value) or not self._alternative(first, "object")):
            return self.named((), {str(name): each for name, each in value.items()})
        return self.named((value,), {})

    def spread(self, arguments: Mapping[str, Any], lookup: Lookup) -> Mapping[str, Any]:
        """The arguments of an element that is a reference, once it is known what it refers to.

        A dict with the names of parameters fills these; a list fills several where the first parameter takes none.
        """
        place = next(iter(arguments.values()), None)
        if len(arguments) != 1 or not isinstance(place, Reference):
            return arguments
        value = resolve(place, lookup)
        if isinstance(value, dict) and self._has_all(value):
            return {name: Reference(place.id, (*place.path, name)) for name in value}
        if isinstance(value, list) and self._is_spread(value):
            names = list(self.parameters)[: len(value)]
            return {name: Reference(place.id, (*place.path, k)) for k, name in enumerate(names)}
        return arguments

    def _has_all(self, names: Mapping[Any, Any]) -> bool:
        return bool(names) and all(name in self.parameters for name in names)

    def _is_spread(self, values: Sequence[Any]) -> bool:
        first = next(iter(self.parameters.values()), {})
        kinds = {each.get("type") for each in self._alternatives(first)}
        return 1 < len(values) <= len(self.parameters) and not kinds & {"array", None}

    def resolved(self, arguments: Mapping[str, Any], lookup: Lookup) -> dict[str, Any]:
        """The arguments with observations in the places of references.

        A reference that is all of a value gives the observation itself; where the parameter is a string, its text.

        Raises:
            PlanError: A reference reaches for something that its observation does not have.
        """
        return {name: self._value(value, self.parameters.get(name, {}), lookup) for name, value in arguments.items()}

    def _value(self, value: Any, schema: Schema, lookup: Lookup) -> Any:
        if isinstance(value, Reference):
            return self._fitted(resolve(value, lookup), schema)
        if isinstance(value, str):
            return resolve(value, lookup)
        if isinstance(value, (list, tuple, set, frozenset)):
            items = self._alternative(schema, "array").get("items", {})
            return [self._value(item, items, lookup) for item in value]
        if isinstance(value, dict):
            return {
                resolve(key, lookup, as_text=True): self._value(item, self._field(schema, key), lookup)
                for key, item in value.items()
            }
        return self._fitted(value, schema)

    def _fitted(self, value: Any, schema: Schema) -> Any:
        value = storable(value)
        if value is None or isinstance(value, str):
            return value
        if self._is_text(schema):
            return str(value) if isinstance(value, float) else observation_text(value)
        if isinstance(value, list) and (items := self._alternative(schema, "array").get("items")):
            return [self._fitted(item, items) for item in value]
        if isinstance(value, dict):
            return {key: self._fitted(item, self._field(schema, key)) for key, item in value.items()}
        return value

    def _field(self, schema: Schema, name: Any) -> Schema:
        described = self._alternative(schema, "object")
        field = described.get("properties", {}).get(name, described.get("additionalProperties"))
        return field if isinstance(field, dict) else {}

    def _alternatives(self, schema: Schema | bool) -> list[Schema]:
        if isinstance(schema, bool):  # JSON Schema's "anything" and "nothing"
            return []
        if "$ref" in schema:
            return self._alternatives(self.definitions.get(schema["$ref"].rpartition("/")[2], {}))
        nested = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if nested is None and isinstance(schema.get("type"), list):
            nested = [{**schema, "type": each} for each in schema["type"]]
        return [each for part in nested for each in self._alternatives(part)] if nested else [schema]

    def _alternative(self, schema: Schema, kind: str) -> Schema:
        return next((each for each in self._alternatives(schema) if each.get("type") == kind), {})

    def _is_text(self, schema: Schema) -> bool:
        kinds = {each.get("type") for each in self._alternatives(schema)} - {"null"}
        return kinds == {"string"}


def _schema_of(tool: BaseTool) -> Schema:
    if isinstance(tool, Tool) and tool.args_schema is None:  # its schema would be that of its `_run`
        return {"type": "object", "properties": tool.args, "required": list(tool.args)}
    shown, given = tool.tool_call_schema, tool.args_schema
    schema = shown if isinstance(shown, dict) else model_json_schema(shown)
    if isinstance(given, type) and getattr(given, "model_config", {}).get("extra") == "allow":
        return {**schema, "additionalProperties": True}  # langchain makes the schema of a model without its config
    return schema

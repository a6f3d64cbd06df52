"""Tools as a prompt describes them: signature and description."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool

from langgraph_llm_compiler.execution.signature import Signature

Definitions = Mapping[str, Any]
Schema = Mapping[str, Any] | bool

_NAMES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "object": "dict"}


def described(tools: Sequence[BaseTool], signatures: Mapping[str, Signature]) -> str:
    """One numbered entry for each tool: `1. search(query: str): what it does`."""
    return "\n".join(f"{number}. {_entry(tool, signatures)}" for number, tool in enumerate(tools, 1))


def listed(tools: Sequence[BaseTool], signatures: Mapping[str, Signature]) -> str:
    """One line for each tool, with what its schema says of parameters: `search(query: str): finds (query: what)`."""
    return "\n".join(_entry(tool, signatures) + _parameters(signatures[tool.name]) for tool in tools)


def _entry(tool: BaseTool, signatures: Mapping[str, Signature]) -> str:
    return f"{signature_text(signatures[tool.name])}: {' '.join(tool.description.split())}"


def _parameters(signature: Signature) -> str:
    said = _descriptions(signature.parameters, signature.definitions)
    return f" ({'; '.join(said)})" if said else ""


def _descriptions(fields: Mapping[str, Any], definitions: Definitions, place: str = "") -> list[str]:
    """What the schema says of fields and of those within them: `where.lat: degrees`."""
    said: list[str] = []
    for name, schema in fields.items():
        if description := _schema(schema).get("description"):
            said.append(f"{place}{name}: {' '.join(str(description).split())}")
        for inner, known in _objects(schema, definitions):
            said += _descriptions(inner["properties"], known, f"{place}{name}.")
    return said


def _objects(schema: Schema, definitions: Definitions) -> Iterator[tuple[Mapping[str, Any], Definitions]]:
    """The objects with named fields that a value, or the items of a list, may be."""
    schema, definitions = _entered(schema, definitions)
    if schema.get("properties"):
        yield schema, definitions
    for each in [*_choices(schema), schema.get("items", {})] if schema else []:
        yield from _objects(each, definitions)


def signature_text(signature: Signature) -> str:
    """A tool's name and parameters, `search(query: str, limit: int = 3)`; `**more` if it takes others besides."""
    more = ["**more"] if signature.schema.get("additionalProperties") else []
    return f"{signature.tool}({', '.join([*_fields(signature.schema, signature.definitions, '{}'), *more])})"


def _fields(schema: Mapping[str, Any], definitions: Definitions, name: str) -> list[str]:
    required = schema.get("required", ())
    return [
        f"{name.format(field)}: {_kind(each, definitions)}{_default(each, field in required)}"
        for field, each in schema.get("properties", {}).items()
    ]


def _default(schema: Schema, is_required: bool) -> str:
    schema = _schema(schema)
    return "" if is_required or "default" not in schema else f" = {schema['default']!r}"


def _kind(schema: Schema, definitions: Definitions) -> str:
    schema, definitions = _entered(schema, definitions)
    if values := schema.get("enum") or ("const" in schema and [schema["const"]]):
        return " | ".join(repr(value) for value in values)
    if choices := _choices(schema):
        return " | ".join(dict.fromkeys(_kind(each, definitions) for each in choices))
    kind = schema.get("type")
    if kind == "array":
        return f"list[{_kind(schema['items'], definitions)}]" if schema.get("items") else "list"
    if schema.get("properties"):
        return "{" + ", ".join(_fields(schema, definitions, '"{}"')) + "}"
    return _NAMES.get(str(kind), "any")


def _entered(schema: Schema, definitions: Definitions) -> tuple[Mapping[str, Any], Definitions]:
    """A schema in the place of a reference to it, and the definitions for what it holds.

    In them, its own says no more than its type: one that holds itself, as a tree does, ends there.
    """
    schema = _schema(schema)
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = _schema(definitions.get(name, {}))
        definitions = {**definitions, name: {key: schema[key] for key in ("type",) if key in schema}}
    return schema, definitions


def _schema(schema: Any) -> Mapping[str, Any]:
    """A schema that says something: true and false are schemas too, and `items` may be a list of them."""
    return schema if isinstance(schema, Mapping) else {}


def _choices(schema: Mapping[str, Any]) -> list[Schema]:
    if isinstance(kinds := schema.get("type"), list):
        return [{**schema, "type": each} for each in kinds]
    return list(schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or ())

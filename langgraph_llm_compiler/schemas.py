"""TypedDicts that are made at run time, of a user's fields beside ours."""

from collections.abc import Mapping
from typing import Any, NotRequired, Required, get_args, get_origin

from typing_extensions import TypedDict, get_type_hints


def typed_dict(name: str, fields: Mapping[str, Any]) -> type[Any]:
    """A TypedDict of these fields: types by name, within `NotRequired` for those that need not be given."""
    form: Any = TypedDict  # a form of the type system, called to make a schema at run time
    schema: type[Any] = form(name, dict(fields))
    return schema


def fields_of(schema: Any) -> dict[str, Any]:
    """The fields of a TypedDict as `typed_dict` takes them, inherited ones among them."""
    hints = get_type_hints(schema, include_extras=True)
    return {
        name: hint if _is_marked(hint) or name in schema.__required_keys__ else NotRequired[hint]
        for name, hint in hints.items()
    }


def optional(hint: Any) -> Any:
    """The type of a field as that of one that need not be given."""
    return NotRequired[get_args(hint)[0] if _is_marked(hint) else hint]


def _is_marked(hint: Any) -> bool:
    """Whether the type itself says if the field has to be given."""
    return get_origin(hint) in (Required, NotRequired)

r"""What may stand as an argument in plans under a grammar: references, and values by JSON schema.

The parser forgives slips, so one value can be written in many ways. A grammar admits one of them: strings in double
quotes with escapes, no tuples, no comments, no free text. Nothing is then read as something else than it spells.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from langgraph_llm_compiler.plan.gbnf import Expression, Rules, literal, numbers_up_to, one_of
from langgraph_llm_compiler.plan.parser import PlanParser
from langgraph_llm_compiler.plan.reference import references_in
from langgraph_llm_compiler.plan.render import render_value

Schema = Mapping[str, Any]
"""A JSON schema; where one stands inside another, it may also be `True` (anything) or `False` (nothing)."""

_FIXED: Final = r"""
sep ::= "," " "?
colon ::= ":" " "?

# Numbers: of so few digits that none of them is read as text or as infinite.
integer ::= "-"? ("0" | [1-9] [0-9]{0,18})
number ::= integer ("." [0-9]{1,24})? ([eE] [+-]? [0-9]{1,2})?
boolean ::= "True" | "False" | "true" | "false"
null ::= "None" | "null"

# Escapes: none that stands for a dollar sign, a digit or a control character; surrogates in pairs.
hex ::= [0-9a-fA-F]
latin ::= "0" ("0" [a-fA-F] | [1-9a-fA-F] hex) hex
other ::= [1-9a-cA-CefEF] hex hex hex | [dD] [0-7] hex hex
pair ::= [dD] [89abAB] hex hex "\\u" [dD] [c-fC-F] hex hex
escape ::= "\\" (["\\'nrt] | "u" (latin | other | pair))

# One step of a path behind a reference: in the open, and inside a string.
name ::= [A-Za-z_] [A-Za-z0-9_]*
index ::= "-"? ("0" | [1-9] [0-9]{0,8})
field ::= [^"'\]\\\x00-\x1f\x7f-\x9f]*
step ::= "." name | "[" (index | "\"" field "\"") "]"
inner ::= "." name | "[" (index | "'" field "'" | "\\\"" field "\\\"") "]"

# Text. `$5` in it is a reference or a price, whatever the plan makes of it; `${` before a digit is left to references.
plain ::= [^"\\$0-9\x00-\x1f\x7f-\x9f]
amount ::= "$" ("0" | [1-9] [0-9]*)
dollar ::= "$" ("0" | [1-9] [0-9]*)?
unbraced ::= [^"\\${0-9\x00-\x1f\x7f-\x9f]
special ::= "${" [A-Za-z_] | escape | amount plain | "$" unbraced
rest ::= ([0-9] | plain | dollar* special)* dollar*

# What a whole string consists of, references in braces aside. If it starts with `$5`, there must be more to it than a
# path, since the string would be a reference.
more ::= dollar* special rest | dollar+
mark ::= [ !#%&'()*+,/:;<=>?@\]^`{|}~-]
dot ::= "." (([0-9.\[] | mark) rest | more)?
behind ::= [^"\\$0-9.\[\x00-\x1f\x7f-\x9f] rest | inner+ mark rest | inner* (dot | more)
whole ::= ([0-9] | plain | "${" [A-Za-z_] | escape) rest | "$" (unbraced rest | more)? | amount behind
text ::= "\"" whole? "\""
key ::= "\"" ([^"\\$\x00-\x1f\x7f-\x9f] | escape)* "\""
"""

_ANYTHING: Final = True
_SPELT_BY_NUMBER: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
"""Controls, separators of lines and halves of pairs."""


def add_fixed_rules(rules: Rules) -> None:
    """Add the rules on which those of `Values` rest."""
    rules.add_text(_FIXED)


class Values:
    """Expressions for the arguments of tasks that may refer to tasks up to some id.

    Args:
        rules: Takes the rules that the expressions need; `add_fixed_rules` has been there before.
        last: Highest id that a reference may have; 0 if there is nothing to refer to.

    Attributes:
        last: The same.
        text: An expression for a text or a reference.
        reference: An expression for a reference; None if there is nothing to refer to.
    """

    def __init__(self, rules: Rules, last: int) -> None:
        self._rules, self.last = rules, last
        self.reference: Expression | None = None
        texts = ["text"]
        if last:
            task = rules.add(f"i{last}", numbers_up_to(last))
            braced = rules.add(f"b{last}", f'"${{" {task} inner* "}}"')
            in_the_open = f'"$" ({task} step* | "{{" {task} ("}}" step* | step+ "}}"))'
            in_quotes = rf'"\"" ("$" {task} inner* | {braced}) "\""'
            self.reference = rules.add(f"r{last}", f"{in_the_open} | {in_quotes}")
            texts += [self.reference, rf'"\"" (whole | amount inner*)? ({braced} rest)+ "\""']
        self.text = rules.add(f"s{last}", " | ".join(texts))
        self._anything: Expression | None = None

    def of(self, schema: Schema | bool, definitions: Schema, *, dicts: bool = True) -> Expression | None:
        """An expression for a value of this schema or a reference; None if there is no way to write any.

        Args:
            schema: Type, `enum`, `const` and items are heeded; lengths, patterns and the fields of objects are not.
            definitions: What `$ref` leads to.
            dicts: Whether the value itself may be a dict.
        """
        return self._of(schema, definitions, frozenset(), dicts=dicts)

    def _of(
        self, schema: Schema | bool, definitions: Schema, entered: frozenset[str], *, dicts: bool = True
    ) -> Expression | None:
        found = [
            expression
            for part, inside in _alternatives(schema, definitions, entered)
            for expression in self._written(part, definitions, inside, dicts=dicts)
        ]
        for anything in (f"v{self.last}", f"u{self.last}"):
            if anything in found:
                return anything
        if self.text not in found and self.reference is not None:
            found.append(self.reference)
        return (found[0] if len(found) == 1 else one_of(found)) if found else None

    def _written(
        self, schema: Schema | bool, definitions: Schema, entered: frozenset[str], *, dicts: bool
    ) -> list[Expression]:
        anything = self._any if dicts else self._any_but_dicts
        if isinstance(schema, bool):
            return [anything()] if schema else []
        if "enum" in schema or "const" in schema:
            listed = schema["enum"] if "enum" in schema else [schema["const"]]
            return self._listed(value for value in listed if dicts or not isinstance(value, dict))
        match _kind(schema):
            case "string":
                return [self.text]
            case "array":
                item = self._of(schema.get("items", _ANYTHING), definitions, entered)
                return [self._rules.shared(f"l{self.last}-", _list_of(item))]
            case "object":
                return [self._dict()] if dicts else []
            case "integer" | "number" | "boolean" | "null" as kind:
                return [kind]
        return [anything()]

    def _listed(self, values: Iterable[Any]) -> list[Expression]:
        written = [literal(text) for value in values for text in spellings(value)]
        return [self._rules.shared("enum-", " | ".join(written))] if written else []

    def _any(self) -> Expression:
        if self._anything is None:
            self._anything = f"v{self.last}"
            parts = [self.text, "number", "boolean", "null", self._dict(), _list_of(self._anything)]
            self._rules.add(self._anything, " | ".join(parts))
        return self._anything

    def _any_but_dicts(self) -> Expression:
        parts = [self.text, "number", "boolean", "null", _list_of(self._any())]
        return self._rules.add(f"u{self.last}", " | ".join(parts))

    def _dict(self) -> Expression:
        entry = f"key colon {self._any()}"
        return self._rules.shared(f"m{self.last}-", f'"{{" ({entry} (sep {entry})*)? "}}"')


def _list_of(item: Expression | None) -> Expression:
    return '"[]"' if item is None else f'"[" ({item} (sep {item})*)? "]"'


def _kind(schema: Schema) -> str | None:
    if "type" not in schema:
        return "array" if "items" in schema else "object" if "properties" in schema else None
    return str(schema["type"])


def _alternatives(
    schema: Schema | bool, definitions: Schema, entered: frozenset[str]
) -> Iterator[tuple[Schema | bool, frozenset[str]]]:
    """The schemas one of which a value has to have, each with the names of the definitions that led to it.

    A definition that holds itself, as that of a tree does, is anything there; so is what several schemas describe at
    once (`allOf`), whose fields are not looked at.
    """
    parts: Iterable[Schema | bool] = ()
    if not isinstance(schema, bool) and not schema.keys() & {"enum", "const"}:
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            parts = [_ANYTHING if name in entered else definitions.get(name, _ANYTHING)]
            entered |= {name}
        elif "allOf" in schema:
            parts = schema["allOf"] if len(schema["allOf"]) == 1 else [_ANYTHING]
        elif "anyOf" in schema or "oneOf" in schema:
            parts = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        elif isinstance(schema.get("type"), list):
            parts = [{**schema, "type": each} for each in schema["type"]]
    for part in parts:
        yield from _alternatives(part, definitions, entered)
    if not parts:
        yield schema, entered


def spellings(value: Any) -> list[str]:
    """How a plan writes a value that a schema lists; none if it cannot, as with the text `$1`, which is a reference."""
    if isinstance(value, bool) or value is None:
        return [str(value), str(value).lower() if value is not None else "null"]
    written = _SPELT_BY_NUMBER.sub(lambda found: f"\\u{ord(found[0]):04x}", render_value(value))
    tasks = PlanParser().feed(f"1. listed({written})")
    is_read = [(task.args, task.error) for task in tasks] == [((value,), None)] and not references_in(value)
    return [written] if is_read and type(tasks[0].args[0]) is type(value) else []

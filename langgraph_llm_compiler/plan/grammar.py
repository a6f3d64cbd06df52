r"""A grammar of plans, made from the tools there are: a decoder that holds a model to it lets it write nothing else.

The text is GBNF, which vLLM takes for both of its decoders, xgrammar and llguidance. docs/constrained-plans.md says
what is admitted.

A grammar cannot count. So the lines of a plan are written out, each with its number; and since a reference has to lead
to an earlier task, the calls of each line are too. Where that grows too long, neighbouring lines share theirs.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from langgraph_llm_compiler.errors import ConfigurationError
from langgraph_llm_compiler.plan.gbnf import Expression, Rules
from langgraph_llm_compiler.plan.grammar_calls import call_of, map_of
from langgraph_llm_compiler.plan.grammar_values import Schema, Values, add_fixed_rules
from langgraph_llm_compiler.plan.parser import PlanParser

DEFAULT_MAX_TASKS: Final = 100
DEFAULT_MAX_SIZE: Final = 64 * 1024

_MOST_TASKS: Final = 10_000
_LAST_ID: Final = 999_999_999
"""The highest number that the parser takes for a task's."""

# A thought holds nothing by which the parser would see a call, an end marker or emphasis in it.
_THOUGHT: Final = r"""
thought ::= "Thought: " [A-Za-z0-9"'$] ([^(<*\x00-\x1f\x7f-\x9f] | " (" | " * ")* "\n"
thoughts ::= (thought thoughts)?
"""
_ENDINGS: Final = {"paper": r'"join()" ("\n"? "<END_OF_PLAN>")? "\n"?', "compact": r'"join()" "\n"?'}

Style = Literal["paper", "compact"]


def plan_grammar(
    tools: Mapping[str, Schema],
    *,
    max_tasks: int = DEFAULT_MAX_TASKS,
    first_id: int | None = 1,
    thoughts: bool = True,
    max_size: int = DEFAULT_MAX_SIZE,
    style: Style = "paper",
) -> str:
    r"""Give the grammar of the plans that call these tools, as GBNF.

    Args:
        tools: For each tool's name the JSON schema of its arguments: `properties` in the order in which positional
            arguments fill them, `required`, and the `$defs` that schemas refer to.
        max_tasks: How many tasks a plan may have.
        first_id: Number of a plan's first task. Lower numbers are those of earlier rounds' tasks, which can be referred
            to. With None a plan may start at any number, and ends at `max_tasks`: one grammar for every round.
        thoughts: Whether `Thought:` lines may stand before tasks.
        max_size: Characters that the grammar should not exceed. If it does with calls of their own for every line,
            neighbouring lines share theirs, the later ones first; of those, one may refer to itself or to another of
            them that comes later.
        style: With "compact", plans may use `tool.map(...)` and end in `answer(...)`; they have no `Thought:` lines and
            no marker at their end.

    Raises:
        ConfigurationError: No tools, one that plans cannot call by its name, or a number out of bounds.

    >>> schema = {"properties": {"query": {"type": "string"}}, "required": ["query"]}
    >>> print(plan_grammar({"search": schema}, max_tasks=1).partition("end ::= ")[2])
    "join()" ("\n"? "<END_OF_PLAN>")? "\n"?
    t2 ::= thoughts "2. " end
    s0 ::= text
    c0 ::= "search(" (s0 | "query=" s0) ")"
    t1 ::= thoughts "1. " (c0 "\n" t2 | end)
    root ::= t1
    <BLANKLINE>
    """
    first = 1 if first_id is None else first_id
    _check(tools, max_tasks, first, max_size, style)
    ids = range(first, first + max_tasks)
    thoughts = thoughts and style == "paper"
    rules = _rules(tools, ids, 1, any_start=first_id is None, thoughts=thoughts, style=style)
    calls = Rules()
    _add_calls(tools, ids.stop - 2, calls, style)
    room = (max_size - len(str(rules))) // len(str(calls))
    if room > 0:
        rules = _rules(tools, ids, 1 + room, any_start=first_id is None, thoughts=thoughts, style=style)
    return str(rules)


def _check(tools: Mapping[str, Schema], max_tasks: int, first: int, max_size: int, style: str) -> None:
    if not tools:
        raise ConfigurationError("no tools were given: a plan needs at least one to call")
    if not 1 <= max_tasks <= _MOST_TASKS:
        raise ConfigurationError(f"max_tasks={max_tasks}: give a number from 1 to {_MOST_TASKS:,}")
    if not 1 <= first <= _LAST_ID - max_tasks:
        raise ConfigurationError(f"first_id={first}: give a number from 1 to {_LAST_ID - max_tasks:,}")
    if style not in get_args(Style):
        raise ConfigurationError(f"style={style!r}: give one of {', '.join(get_args(Style))}")
    if max_size < 1:
        raise ConfigurationError(f"max_size={max_size}: give how many characters the grammar may have")
    for name in tools:
        tasks = PlanParser(tools).feed(f"{first + max_tasks - 1}. {name}()")
        if [(task.tool, task.is_map, task.error) for task in tasks] != [(name, False, None)]:
            raise ConfigurationError(f"plans cannot call a tool by the name {name!r}: rename it")


def _rules(
    tools: Mapping[str, Schema], ids: range, groups: int, *, any_start: bool, thoughts: bool, style: Style
) -> Rules:
    """The grammar, with calls of their own for so many groups of lines."""
    rules = Rules()
    add_fixed_rules(rules)
    if thoughts:
        rules.add_text(_THOUGHT)
    before = "thoughts " if thoughts else ""
    rules.add("end", _ENDINGS[style])
    last = "end" if style == "paper" else _add_end(Values(rules, ids.stop - 1), rules)
    rules.add(f"t{ids.stop}", f'{before}"{ids.stop}. " {last}')
    for group in reversed(_grouped(ids, groups)):
        calls, end = _add_calls(tools, group.stop - 2, rules, style)
        for task in reversed(group):
            following = end if calls is None else f'({calls} "\\n" t{task + 1} | {end})'
            rules.add(f"t{task}", f'{before}"{task}. " {following}')
    starts = range(ids.start, ids.stop + 1) if any_start else ids[:1]
    rules.add("root", " | ".join(f"t{task}" for task in starts))
    return rules


def _add_calls(
    tools: Mapping[str, Schema], last: int, rules: Rules, style: Style
) -> tuple[Expression | None, Expression]:
    """Add what a task may call that can refer to tasks up to `last` (None if nothing), and how a plan may end there."""
    values = Values(rules, last)
    calls = [call_of(name, schema, values, rules) for name, schema in tools.items()]
    if style == "compact":
        mapped = _mapped(tools)
        calls += [map_of(name, schema, values, rules) for name, schema in tools.items() if name in mapped]
    found = [call for call in calls if call is not None]
    end = _add_end(values, rules) if style == "compact" else "end"
    return rules.add(f"c{last}", " | ".join(found)) if found else None, end


def _mapped(tools: Mapping[str, Schema]) -> frozenset[str]:
    """The tools that plans can call by `.map`: not those whose name is too long with it, or is then another tool's."""
    found = [PlanParser(tools).feed(f"{_LAST_ID}. {name}.map([])") for name in tools]
    return frozenset(
        task.tool for tasks in found for task in tasks if task.id == _LAST_ID and task.is_map and not task.error
    )


def _add_end(values: Values, rules: Rules) -> Expression:
    """Add `join()`, or an answer that is a text or a reference."""
    return rules.add(f"e{values.last}", rf'end | "answer(" {values.text} ")" "\n"?')


def _grouped(ids: range, count: int) -> list[range]:
    """Cut the ids into at most so many groups: each alone as long as that goes, then ever larger ones.

    >>> [len(group) for group in _grouped(range(1, 101), 10)]
    [1, 1, 1, 1, 2, 4, 8, 16, 32, 34]
    """
    groups: list[range] = []
    start, width = ids.start, 1
    while start < ids.stop:
        while width * (2 ** (count - len(groups)) - 1) < ids.stop - start:
            width *= 2
        groups.append(range(start, min(start + width, ids.stop)))
        start += width
    return groups

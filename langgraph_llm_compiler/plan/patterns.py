"""The lexical rules of the plan language: every pattern and table by which a plan is recognised."""

import re
from typing import Final

WINDOW: Final = 200
"""Characters of a line that are looked back on to find a task's number and name; a longer name is no name."""

MAX_DEPTH: Final = 200
"""Brackets inside brackets, at most. Deeper arguments could not be walked, copied or sent as JSON either."""

NAME: Final = r"\w+(?:[.\-/:\\]+\w+)*"
"""A tool's name; dots, hyphens and slashes come from MCP servers, backslashes from Markdown (`get\\_page`)."""

HEADER: Final = re.compile(
    r"(?<![\w$])(?<![0-9]\.)(?P<id>[0-9]{1,9})"
    r"(?P<mark>[*`]*\\?[ \t]*[.):\]]{1,2}|[*`]*[ \t]+[-–—])[ \t*`]*"
    rf"(?P<name>{NAME})[*`]*(?P<gap>[ \t]*)\Z"
)
"""What stands before the `(` of a task: `3. search`, also `**3.** search` and `3) search`."""

LINE_START: Final = re.compile(
    r"""[\s>*#`•·▪◦|+\-–—(\["'“]*(?:(?:task|step|action|call)[ \t]*#?[ \t]*)?[*(\[]*""", re.IGNORECASE
)
"""What may stand before a task's number where the line starts with the task: bullets, quotes, bold, `Step`."""

BETWEEN_TASKS: Final = re.compile(r"[\s,;.|&*`)\]\-–—>→+]*(?:(?:and|then)\b[\s,]*)*", re.IGNORECASE)
"""What may stand between two tasks on one line."""

UNNUMBERED_ENDING: Final = re.compile(r"[\s>*#`•+\-–—,;.|]*(?P<name>join|answer)[*`]*\Z", re.IGNORECASE)
"""`join` or `answer` without a number, before its `(`."""

BARE_JOIN: Final = re.compile(
    r"[\s>*#`•+\-–—,;.|]*(?P<id>[0-9]{1,9}[*`]*\\?[ \t]*[.):]{1,2}[ \t*`]*)?join[\s*`.;]*", re.IGNORECASE
)
"""A whole line that says `join` and forgot the parentheses."""

THOUGHT: Final = re.compile(
    r"[\s>*#_`•\-–(\[]*(?:[0-9]{1,9}[.)]\s*)?[*_]*thoughts?[ \t]*(?:#?[0-9]+|\([0-9]+\))?[*_`\])]*[ \t]*"
    "[:\uff1a][ \\t*_`]*",
    re.IGNORECASE,
)
"""The label of a `Thought:` line, with whatever emphasis a model puts around it."""

TAG: Final = re.compile(r"<(?P<close>[/|\s]*)(?P<name>[A-Za-z_|\s\-]{2,40})>\Z")
"""A marker in angle brackets, up to its `>`."""

VALUE_LEADS: Final = frozenset("\"'“‘„«$[{)")
"""Characters after `name (` that make it a call rather than a word with a remark in parentheses."""

CLOSERS: Final[dict[str, str]] = {
    '"': '"', "'": "'", "`": "`", "“": "”\"“", "”": "”\"", "„": "“”\"",
    "‘": "’'‘", "’": "’'", "\u201a": "‘’'", "«": "»",
}  # fmt: skip
"""Every quote that can open a string, and the quotes that can close it: models mix smart and straight ones."""

QUOTES: Final = frozenset(CLOSERS) | {"»"}

STRING_STOPS: Final = {opener: re.compile(f"[{closers}\\\\\n]") for opener, closers in CLOSERS.items()}
"""For each opening quote, the next character inside the string that may matter."""

TRIPLE_STOPS: Final = {quote: re.compile(f"[{quote}\\\\]") for quote in "\"'"}

STRING_PREFIXES: Final = frozenset({"r", "u", "b", "f", "rb", "br", "fr", "rf"})

PAIRS: Final = {")": "(", "]": "[", "}": "{"}

PLAIN_STRING: Final = re.compile(r"\"[^\"\\\n]*\"(?=[,)])|'[^'\\\n]*'(?=[,)])")
"""A string about which nothing needs to be decided."""

SPACE: Final = re.compile(r"[ \t\r\f\v\u00a0]*")
SPACE_AND_LINES: Final = re.compile(r"[\s]*")
BARE_RUN: Final = re.compile(r"[^,()\[\]{}\n\"'`“”„‘’\u201a«»:=]+")

KEYWORD: Final = re.compile(r"[^\W\d][\w\-]*\s*\Z")
"""A name before `=`; hyphens occur in the JSON schemas of MCP tools."""

NUMBER_RUN: Final = re.compile(r"[\w.\-*`/\\ \t]*")
LINE_RUN: Final = re.compile(r"[\w.)\-*/: \t>]*")
TASK_LINE: Final = re.compile(rf"[ \t>*\-]*(?P<id>[0-9]{{1,9}})[.)][ \t*`]*(?P<name>{NAME})[*`]*\Z")
TASK_LINE_START: Final = re.compile(
    r"[ \t>*\-]*(?:[0-9]{1,9}(?:[.)][ \t*`]*(?:\w+(?:[.\-/:\\]+\w+)*[.\-/:\\]*[*`]*)?)?)?\Z"
)
"""A line that is a task, up to its `(`, and what can still become one."""

COMMENT: Final = re.compile(r"\s#.*")
NESTED_CALL: Final = re.compile(rf"(?P<name>{NAME})\(.*\)\Z", re.DOTALL)
UNPACKING: Final = re.compile(r"\*\*?\s*[{\[(]|\*\*\w")

CONSTANTS: Final = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None}

INTEGER: Final = re.compile(r"[+-]?(?:0|[1-9](?:_?[0-9])*)\Z")
OTHER_BASE: Final = re.compile(r"[+-]?0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)\Z")
FLOAT: Final = re.compile(
    r"[+-]?(?:[0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*|[0-9](?:_?[0-9])*(?=[eE]))"
    r"(?:[eE][+-]?[0-9]+)?\Z"
)

ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}"
    r"|x[0-9a-fA-F]{2}|[0-7]{1,3}|\r?\n|[\s\S])"
)
ESCAPES: Final = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "'": "'", '"': '"',
    "“": "“", "”": "”", "‘": "‘", "’": "’", "`": "`", "\n": "", "\r\n": "",
}  # fmt: skip


def skip(run: re.Pattern[str], text: str, position: int) -> int:
    """The end of a run of characters that starts at `position`; `run` matches everywhere, if only nothing."""
    match = run.match(text, position)
    return match.end() if match else position


def is_end_marker(name: str) -> bool:
    """Whether a marker's words say that the plan ends, spelling mistakes allowed.

    >>> is_end_marker("END_OF_PLAN"), is_end_marker("END OF PALN"), is_end_marker("END_OF_THOUGHT")
    (True, True, False)
    """
    letters = "".join(filter(str.isalpha, name)).upper()
    if letters in ("END", "EOP", "ENDOFTHEPLAN") or letters.startswith("ENDOFPLAN"):
        return True
    return 6 <= len(letters) <= 12 and _distance(letters, "ENDOFPLAN") <= 2


def _distance(left: str, right: str) -> int:
    """Insertions, deletions and replacements that turn one word into the other."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]

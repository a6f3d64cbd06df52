"""What the compact style tells a model: one conversation for planner and joiner. Wording only.

The system prompt never changes within a question, and every round adds two messages behind the ones before: so a
provider's prefix cache serves each call but the first.
"""

SYSTEM = """\
Answer with the help of tools. Write all the tool calls you need at once, as numbered tool calls in Python syntax, one \
a line. Each starts as soon as what it refers to is there, so calls that do not need each other run at the same time.

Tools:
{tools}

Rules:
- $1 is the result of call 1, $1.name or $1[0] a part of it. Use it as an argument, or inside a string, of any \
later call.
- To call one tool for several values, write a single call: tool.map(["a", "b"]), or tool.map($1) for the items of a \
result. $2[0] is then the result for its first item.
- Look things up with the tools instead of guessing. Call only these tools, with these arguments.
- End with answer(...) if a result, or a sentence around results, is the answer: answer($3) or \
answer("It is $3 metres."). Otherwise end with join(): the results are then shown to you.
- Write only the calls: no comments, no results.

For example:
1. first_tool.map(["a", "b"])
2. second_tool($1[0], limit=5)
3. join()

Once you see results, reply with the answer alone, as briefly as the question allows, or, if more calls are needed, \
with only these, numbered on.
"""

EXAMPLES = """
Examples:

{examples}
"""

STRUCTURED = """
The answer, also within answer(...), must be JSON that fits this schema:
{schema}
"""

RESULTS = "Results:\n{results}"
NO_RESULTS = "No calls were made."
RESULT = "{place} = {text}"

ANSWER_FAILED = "\n\nThe answer you wrote cannot be given: {reason}."
LACKING = "what it needs has no result, or is no answer"

FINISH_ONLY = "\n\nNo further calls are possible: answer now."
"""Ends the last message of the last round."""

ASK_AGAIN = "That was no answer. Reply with the answer to the question, from the results above."
ASK_AGAIN_OR_CALL = "That was no answer. Reply with the answer to the question, or with further numbered calls."
WRITE_CALLS = "Write those calls now, numbered from {next_id}."

EMPTY_PLAN = "join()"
"""Stands in the conversation for a plan of which nothing was written, because endpoints refuse empty messages."""

WANTED = "an answer"
WANTED_LAST = "an answer, not further calls"

STOP = "\nResults:"
"""Where a model would go on to make up results itself."""

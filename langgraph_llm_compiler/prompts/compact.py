"""What the compact style tells a model: one conversation for planner and joiner. Wording only.

The system prompt never changes within a question, and every round adds two messages behind the ones before: so a
provider's prefix cache serves each call but the first.
"""

SYSTEM = """\
Write numbered tool calls in Python; they run in parallel. $1 is the result of call 1, $1.x or $1[0] a part:
1. tool.map(["a", "b"])
2. other("of $1[0]")
3. answer("It is $2.")
To see results, end with join(): then reply with the short answer alone, or more calls. Do not guess.

Tools:
{tools}
"""
"""Every call of a question pays for each word of it: it shows the syntax in place of explaining it."""

STRUCTURED = """
The answer, also within answer(...), must be JSON that fits this schema:
{schema}
"""

RESULTS = "Results:\n{results}"
NO_RESULTS = "No calls were made."
RESULT = "{place} = {text}"
EDITED = "\n\nA person changed call {place}: what ran is {call}."

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

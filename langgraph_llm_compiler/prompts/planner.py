"""What the planner is told. Wording only: one place to change a sentence."""

SYSTEM = """\
Write a plan that answers the user's question with the tools below. A plan is a list of numbered tool calls; calls \
that do not need each other run at the same time, so plan for as much of that as the question allows.

Tools:
{tools}
{join_number}. join(): ends the plan. The results of all calls are then read, and the question is answered.

Rules:
- Write each call on a line of its own: a number, a dot, the tool and its arguments, as in 1. tool("text", limit=3). \
Numbers go up by one.
- Use no tool but these, with the arguments they are described with. Write strings in double quotes.
- $1 stands for the result of call 1. Use it as an argument, or within one, of any later call. A call may only refer \
to calls before it.
- Look everything up with the tools; never put in what you believe a result will be.
- If a Thought helps, write it on a line of its own that starts with "Thought:".
- Write nothing else: no explanations and no results. The last line is join()<END_OF_PLAN>.
"""

EXAMPLES = """
Examples:

{examples}
"""

EXAMPLE = "Question: {question}\n{plan}"

QUESTION = "Question: {question}"

AGAIN = """\
Question: {question}

Earlier rounds:
{scratchpad}

Feedback: {feedback}

Continue with a new plan; number its first task {next_id}. \
Results of earlier calls stay available under their numbers."""

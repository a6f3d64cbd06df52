"""How earlier turns of a conversation are told to a model that is given no tools. Wording only."""

RESULTS = "\n\nResults of tools:\n{results}"
"""Follows what the user said: results are no words of the model's, which it would go on to imitate."""

RESULT = "{call} = {text}"
NO_TEXT = "(no text)"

SPEAKER = "{name}: {text}"

NO_ANSWER = "(No answer was given.)"
"""Stands where a turn failed or was given up: many chat templates want user and assistant to take turns."""

NOTHING_SAID = "(Nothing was said yet.)"
"""Stands before a conversation that the assistant opened: the first message has to be the user's."""

LEFT_OUT = " [... {count:,} characters left out ...] "
FILES_LEFT_OUT = "(Files are left out.)"

"""What is asked, what a scripted model replies, and what the server answers."""

from tests.support import finish

QUESTION = "How high is it?"


def ask(question=QUESTION, **more):
    return {"messages": [{"role": "user", "content": question, **more}]}


def answer_in(values):
    return values["messages"][-1]["content"]


def planned(*calls):
    """A plan that both styles read."""
    return "\n".join(f"{number}. {call}" for number, call in enumerate([*calls, "join()"], 1))


def said(style, text):
    """The joiner's reply that answers with this text."""
    return text if style == "compact" else finish(text)


async def new_thread(client):
    return (await client.threads.create())["thread_id"]


async def settings_of(client, graph):
    """The context's fields as the server gives them, from which Studio makes its form."""
    (assistant,) = await client.assistants.search(graph_id=graph, metadata={"created_by": "system"})
    schemas = await client.assistants.get_schemas(assistant["assistant_id"])
    return schemas["context_schema"]["properties"]

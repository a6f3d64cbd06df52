"""Where the graphs that a tool runs keep their checkpoints: a namespace for each call.

LangGraph tells graphs within one node apart by the order in which they are started. Of calls that start as they become
ready that order differs from one attempt at the node to the next, and on a resume a call would be given the state in
which another call's graph ended.
"""

import re
import uuid

from langchain_core.runnables import RunnableConfig

_SEPARATORS = re.compile(r"[|:]")


def of_call(config: RunnableConfig, call_id: str) -> RunnableConfig:
    """The node's config for one attempt at one call: graphs started in it are in `executor:<task>:<call id>-<random>`.

    A graph that was under way when the process died begins anew with its call. A tool that interrupts the graph is
    called with the config of its own link of the journal instead, whose graphs go on where they stopped.

    >>> of_call({"configurable": {"checkpoint_ns": "executor:7"}}, "call|1")["configurable"]["checkpoint_ns"]
    'executor:7:call_1-...'
    """
    configurable = config.get("configurable", {})
    if (namespace := configurable.get("checkpoint_ns")) is None:
        return config
    own = f"{namespace}:{_SEPARATORS.sub('_', call_id)}-{uuid.uuid4().hex[:8]}"
    return {**config, "configurable": {**configurable, "checkpoint_ns": own}}

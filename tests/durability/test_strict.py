"""The tests run in LangGraph's strict mode, in which a checkpoint gives back no class that is not allowed."""

import dataclasses

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from tests.durability.cases import drawn
from tests.durability.memory import Attempts


@dataclasses.dataclass
class Own:
    """A class that nobody has allowed."""

    value: int


def test_a_class_that_is_not_allowed_does_not_come_back():
    serde = JsonPlusSerializer()
    assert not isinstance(serde.loads_typed(serde.dumps_typed(Own(1))), Own)


def names_in(value):
    """Names of the classes that a value consists of."""
    if isinstance(value, dict):
        return {"dict"}.union(*(names_in(each) for each in value.values()))
    if isinstance(value, (list, tuple)):
        return {"list"}.union(*(names_in(each) for each in value))
    return {type(value).__name__}


def test_what_a_run_keeps_is_plain_data_and_messages():
    kinds = set()
    for seed in range(4):
        run = Attempts(drawn(seed, "compact"), "sync")
        run.to_end(lambda so_far: None)
        saver: InMemorySaver = run.saver
        for kept in saver.list(run.config):
            kinds |= names_in(kept.checkpoint["channel_values"])
            kinds |= names_in([value for _, _, value in kept.pending_writes])
    plain = {"dict", "list", "str", "int", "float", "bool", "NoneType"}
    assert kinds - plain == {"HumanMessage", "AIMessage", "ToolMessage", "Interrupt"}

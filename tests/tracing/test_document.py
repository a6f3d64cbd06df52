"""What docs/tracing.md says is so."""

import re
from typing import get_args

import pytest

from langgraph_llm_compiler.execution import tracing
from langgraph_llm_compiler.state import TaskStatus
from tests.pages import page

DOCUMENT = page("tracing.md")


@pytest.mark.styles("compact")
def test_every_metadata_key_is_listed():
    constants = {value for name, value in vars(tracing).items() if name.isupper() and isinstance(value, str)}
    counts = {f"plan_{status}" for status in get_args(TaskStatus)}
    rows = re.findall(r"^\| (`plan_.*?) \|", DOCUMENT, re.MULTILINE)
    assert {key for row in rows for key in re.findall(r"plan_\w+", row)} == constants | counts

"""What holds for every test: no keys, no tracing, no files left behind."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import configuration, settings

# Read when LangChain and LangSmith are imported or a model is built; a developer's own keys must not change a test.
_FOREIGN = ("AZURE_", "FRIENDLI_", "LANGCHAIN_", "LANGGRAPH_", "LANGSMITH_", "LLM_COMPILER_", "OPENAI_", "VLLM_")
for _name in [name for name in os.environ if name.startswith(_FOREIGN)]:
    del os.environ[_name]
# As LangGraph will be some day: checkpoints give back plain data and LangChain's messages, and nothing else.
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis-of-langgraph-llm-compiler")
# No deadline: under coverage and on a busy machine the time of one example says nothing.
settings.register_profile("project", deadline=None, database=None, print_blob=True)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach loopback directly, whatever proxy the machine has."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def _no_client_of_another_test() -> Iterator[None]:
    """Forget HTTP clients: langchain-openai keeps them by address, and a port comes again when their loop is closed."""
    yield
    module = sys.modules.get("langchain_openai.chat_models._client_utils")
    for each in list(vars(module).values()) if module else ():
        if hasattr(each, "cache_clear"):
            each.cache_clear()

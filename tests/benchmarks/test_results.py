import json
import os

import pytest

from langgraph_llm_compiler.benchmarks.results import FAILED, ResultStore
from langgraph_llm_compiler.errors import ConfigurationError


def entry(answer="42", **more):
    return {"question": "q", "label": "42", "answer": answer, "time": 1.5, "stats": {}, **more}


def test_entries_are_in_the_file_when_add_returns(tmp_path):
    path = tmp_path / "results.json"
    ResultStore(path).add("a", entry())
    assert json.loads(path.read_text()) == {"a": entry()}
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


def test_a_store_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "results.json"
    ResultStore(path).add("a", entry())
    store = ResultStore(path)
    store.add("b", entry("ERROR", error="it broke"))
    again = ResultStore(path)
    assert list(again) == ["a", "b"]
    assert len(again) == 2
    assert again["a"] == entry()
    assert again.answered("a")
    assert not again.answered("b")
    assert not again.answered("c")


def test_an_error_of_the_original_is_asked_again(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"a": entry(FAILED)}))
    assert not ResultStore(path).answered("a")


def test_a_store_without_a_file(tmp_path):
    store = ResultStore()
    store.add("a", entry())
    assert store["a"]["answer"] == "42"


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1}', '{"a": {"question": "q"}}', "not json"])
def test_another_file_is_refused_and_kept(tmp_path, text):
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"no results file.*--store"):
        ResultStore(path)
    assert path.read_text() == text


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="create it first"):
        ResultStore(tmp_path / "none" / "results.json")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigurationError, match="takes a file"):
        ResultStore(tmp_path)


def test_a_failing_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "results.json"
    store = ResultStore(path)
    store.add("a", entry())

    def full(_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        store.add("b", entry())
    assert json.loads(path.read_text()) == {"a": entry()}
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]

"""Tests of embedding run in both prompt styles, as those of the graph do."""

from tests.graph.conftest import prompt_style, pytest_generate_tests

__all__ = ["prompt_style", "pytest_generate_tests"]

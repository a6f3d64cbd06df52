"""The command `llm-compiler`."""

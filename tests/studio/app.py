"""Graphs of both prompt styles with tools that the test answers, one of which a person approves, for the server."""

import os

import httpx

from langgraph_llm_compiler import create_llm_compiler


async def visit(text: str) -> str:
    """Look a thing up."""
    async with httpx.AsyncClient(timeout=None) as client:
        reply = await client.post(f"{os.environ['TEST_ENDPOINT']}/visit", json={"text": text})
    return reply.text


def send(text: str) -> str:
    """Send a message: a tool that blocks."""
    return httpx.post(f"{os.environ['TEST_ENDPOINT']}/visit", json={"text": text}).text


def made(style):
    return create_llm_compiler(
        "openai:scripted", [visit, send], interrupt_on={"send": True}, prompt_style=style, max_replans=1
    )


compact, paper = made("compact"), made("paper")

"""Graphs for the tests of approvals, in both prompt styles; the server imports them by `langgraph.json`."""

import asyncio
import os

import httpx

from langgraph_llm_compiler import create_llm_compiler, create_react_baseline

MODEL = "openai:scripted"


async def visit(text: str) -> str:
    """Look a thing up."""
    async with httpx.AsyncClient(timeout=None) as client:
        reply = await client.post(f"{os.environ['TEST_ENDPOINT']}/visit", json={"text": text})
    return reply.text


async def send(text: str) -> str:
    """Send a message; a person has to approve it."""
    return await visit(text)


def _graph(style):
    return create_llm_compiler(MODEL, [visit, send], interrupt_on={"send": True}, prompt_style=style, max_replans=1)


async def compact():
    return await asyncio.to_thread(_graph, "compact")


async def paper():
    return await asyncio.to_thread(_graph, "paper")


async def text_react():
    return await asyncio.to_thread(
        create_react_baseline, MODEL, [visit, send], style="text", interrupt_on={"send": True}
    )

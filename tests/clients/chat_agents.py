"""LangGraph, pydantic-ai, openai-agents, LiteLLM and Microsoft's Agent Framework, each with a tool of its own."""
# mypy: ignore-errors
# It runs in another virtual environment, whose packages are not known here.
# ruff: noqa: PLC0415 - each run is about one of them, and all of them take seconds to import

import asyncio
import os
import sys

import openai
from pydantic import BaseModel

BASE = f"{os.environ['APP_URL']}/v1"
WEATHER = "What is the weather in Bergen?"
BICYCLE = "2023/summer/IMG_1001.jpg"


class Found(BaseModel):
    """The photo that was found."""

    title: str
    path: str


def get_weather(town: str) -> str:
    """The weather in a town."""
    return f"Rain on {town}, as always."


async def langgraph() -> None:
    from langchain_openai import ChatOpenAI
    from langgraph.prebuilt import create_react_agent

    model = ChatOpenAI(model="photos", base_url=BASE, api_key="any")
    result = await create_react_agent(model, [get_weather]).ainvoke({"messages": [("human", WEATHER)]})
    assert "Rain on" in result["messages"][-1].content, result

    for method in ("json_schema", "function_calling"):
        found = await model.with_structured_output(Found, method=method).ainvoke("a red bicycle")
        assert found.path == BICYCLE, (method, found)


async def pydantic_ai() -> None:
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=BASE, api_key="any")
    for model in (OpenAIChatModel("photos", provider=provider), OpenAIResponsesModel("photos", provider=provider)):
        result = await Agent(model, tools=[get_weather]).run(WEATHER)
        assert "Rain on" in result.output, result
        found = await Agent(model, output_type=Found).run("a red bicycle")
        assert found.output.path == BICYCLE, found


async def openai_agents() -> None:
    from agents import (
        Agent,
        OpenAIChatCompletionsModel,
        OpenAIResponsesModel,
        Runner,
        function_tool,
        set_tracing_disabled,
    )

    set_tracing_disabled(True)
    client = openai.AsyncOpenAI(base_url=BASE, api_key="any")
    for kind in (OpenAIChatCompletionsModel, OpenAIResponsesModel):
        model = kind(model="photos", openai_client=client)
        agent = Agent(name="weather", model=model, tools=[function_tool(get_weather)])
        assert "Rain on" in (await Runner.run(agent, WEATHER)).final_output
        streamed = Runner.run_streamed(agent, WEATHER)
        assert [event.type async for event in streamed.stream_events()]
        assert "Rain on" in streamed.final_output
        finder = Agent(name="finder", model=model, output_type=Found)
        assert (await Runner.run(finder, "a red bicycle")).final_output.path == BICYCLE


async def litellm() -> None:
    import litellm as lite

    options = {"model": "openai/photos", "api_base": BASE, "api_key": "any"}
    answer = await lite.acompletion(messages=[{"role": "user", "content": "a red bicycle"}], **options)
    assert "[1]" in answer.choices[0].message.content
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}
    stream = await lite.acompletion(
        messages=[{"role": "user", "content": WEATHER}], tools=[tool], stream=True, **options
    )
    whole = lite.stream_chunk_builder([chunk async for chunk in stream])
    assert whole.choices[0].message.tool_calls[0].function.name == "get_weather", whole


async def agent_framework() -> None:
    from agent_framework import Agent
    from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient

    for kind in (OpenAIChatCompletionClient, OpenAIChatClient):
        client = kind(model="photos", base_url=BASE, api_key="any")
        agent = Agent(client=client, instructions="Be brief.", tools=[get_weather])
        assert "Rain on" in (await agent.run(WEATHER, options={"store": False})).text


asyncio.run(globals()[sys.argv[1]]())

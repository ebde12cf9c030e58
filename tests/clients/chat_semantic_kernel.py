"""Semantic Kernel: its OpenAI connector on our chat, and our search as a plugin from the OpenAPI document."""
# mypy: ignore-errors
# It runs in another virtual environment, whose packages are not known here.

import asyncio
import json
import os

import openai
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
from semantic_kernel.connectors.openapi_plugin import OpenAPIFunctionExecutionParameters
from semantic_kernel.contents import ChatHistory

APP = os.environ["APP_URL"]


async def main() -> None:
    service = OpenAIChatCompletion(
        ai_model_id="photos", async_client=openai.AsyncOpenAI(base_url=f"{APP}/v1", api_key="any")
    )
    history = ChatHistory()
    history.add_user_message("a vegetable stall at a street market")
    settings = OpenAIChatPromptExecutionSettings()
    answer = await service.get_chat_message_content(history, settings)
    assert "[1]" in str(answer), answer

    pieces = [str(piece) async for piece in service.get_streaming_chat_message_content(history, settings)]
    assert "[1]" in "".join(pieces)

    kernel = Kernel()
    plugin = kernel.add_plugin_from_openapi(
        plugin_name="photos",
        openapi_document_path=f"{APP}/api/openapi.json",
        execution_settings=OpenAPIFunctionExecutionParameters(
            server_url_override=APP,
            server_url_validation_allowed_base_urls=[APP],  # plain http, as on a laptop
        ),
    )
    results = await kernel.invoke(plugin["search"], q="red bicycle", top=1)
    assert json.loads(str(results))["photos"][0]["path"] == "2023/summer/IMG_1001.jpg", results


asyncio.run(main())

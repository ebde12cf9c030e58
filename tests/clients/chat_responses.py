"""The openai package's Responses API: whole, streamed, parsed, a picture, tools of its own, and what is not stored."""
# mypy: ignore-errors
# It runs in another virtual environment, whose packages are not known here.

import os

import openai
from pydantic import BaseModel

APP = os.environ["APP_URL"]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a town",
    "parameters": {
        "type": "object",
        "properties": {"town": {"type": "string"}},
        "required": ["town"],
        "additionalProperties": False,
    },
    "strict": True,
}
client = openai.OpenAI(base_url=f"{APP}/v1", api_key="any")


class Found(BaseModel):
    title: str
    path: str


whole = client.responses.create(model="photos", input="a red bicycle on the beach")
[message] = whole.output
[source, *_] = message.content[0].annotations
assert source.url.startswith(f"{APP}/?photo="), source
assert whole.output_text[source.start_index : source.end_index] == "[1]"
assert (whole.status, whole.store) == ("completed", False)
assert whole.usage.total_tokens > 0

with client.responses.stream(model="photos", input="a red bicycle on the beach") as stream:
    kinds = [event.type for event in stream]
    final = stream.get_final_response()
assert kinds[0] == "response.created"
assert kinds[-1] == "response.completed"
assert final.output_text == whole.output_text

follow_up = [{"role": "user", "content": "photos with snow"}]
first = client.responses.create(model="photos", input=follow_up)
follow_up += [*first.output, {"role": "user", "content": "only the ones with a dog"}]
assert "Dog" in client.responses.create(model="photos", input=follow_up).output_text

parsed = client.responses.parse(model="photos", input="a red bicycle", text_format=Found)
assert parsed.output_parsed.path == "2023/summer/IMG_1001.jpg", parsed

items = [{"role": "user", "content": "What is the weather in Bergen?"}]
with client.responses.stream(model="photos", input=items, tools=[WEATHER]) as stream:
    [call] = stream.get_final_response().output
assert (call.type, call.name) == ("function_call", "get_weather"), call
items += [call.to_dict(), {"type": "function_call_output", "call_id": call.call_id, "output": "Rain, as always."}]
assert "Rain" in client.responses.create(model="photos", input=items, tools=[WEATHER]).output_text

picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"}
parts = [{"type": "input_text", "text": "photos like this one"}, picture]
assert client.responses.create(model="photos", input=[{"role": "user", "content": parts}]).output_text

problems = []
for request in (
    lambda: client.responses.create(model="photos", input="and then?", previous_response_id=whole.id),
    lambda: client.responses.retrieve(whole.id),
):
    try:
        request()
    except openai.APIStatusError as error:
        problems.append((error.status_code, error.param))
assert problems == [(400, "previous_response_id"), (404, "id")], problems

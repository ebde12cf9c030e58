"""The openai package beyond plain answers: its streaming helper, parsed answers, tools of its own, annotations."""
# mypy: ignore-errors
# It runs in another virtual environment, whose packages are not known here.

import json
import os

import openai
from pydantic import BaseModel

APP = os.environ["APP_URL"]
client = openai.OpenAI(base_url=f"{APP}/v1", api_key="any")
BICYCLE = "2023/summer/IMG_1001.jpg"


class Photo(BaseModel):
    title: str
    path: str


class Photos(BaseModel):
    answer: str
    photos: list[Photo]


def ask(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


# The helper that adds up the chunks
with client.chat.completions.stream(model="photos", messages=ask("How many photos show people?")) as stream:
    kinds = [event.type for event in stream]
    final = stream.get_final_completion().choices[0].message
assert "content.done" in kinds, kinds
assert final.content
assert final.context["citations"], final

# Sources
whole = client.chat.completions.create(model="photos", messages=ask("a red bicycle on the beach"))
message = whole.choices[0].message
[annotation, *_] = message.annotations
span = annotation.url_citation
assert message.content[span.start_index : span.end_index] == "[1]"
assert span.url.startswith(f"{APP}/?photo="), span
with client.chat.completions.stream(model="photos", messages=ask("a red bicycle on the beach")) as stream:
    streamed = stream.get_final_completion().choices[0].message
assert streamed.content == message.content
assert streamed.annotations[0].url_citation.url == span.url

# Answers of a type, whole and streamed
parsed = client.chat.completions.parse(model="photos", messages=ask("a red bicycle"), response_format=Photos)
assert parsed.choices[0].message.parsed.photos[0].path == BICYCLE, parsed
with client.chat.completions.stream(model="photos", messages=ask("a red bicycle"), response_format=Photos) as stream:
    assert stream.get_final_completion().choices[0].message.parsed.photos[0].path == BICYCLE

# Tools of its own, whole and streamed
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a town",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}
history = ask("What is the weather in Bergen?")
called = client.chat.completions.create(model="photos", messages=history, tools=[WEATHER]).choices[0]
assert called.finish_reason == "tool_calls", called
[call] = called.message.tool_calls
assert call.function.name == "get_weather"
assert "town" in json.loads(call.function.arguments)
history += [called.message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "Rain, as always."}]
answer = client.chat.completions.create(model="photos", messages=history, tools=[WEATHER]).choices[0]
assert "Rain" in answer.message.content, answer
with client.chat.completions.stream(model="photos", messages=history[:1], tools=[WEATHER]) as stream:
    choice = stream.get_final_completion().choices[0]
assert choice.finish_reason == "tool_calls"
assert choice.message.tool_calls[0].function.name == "get_weather"

forced = client.chat.completions.create(
    model="photos",
    messages=ask("a red bicycle"),
    tools=[WEATHER],
    tool_choice={"type": "function", "function": {"name": "get_weather"}},
)
assert forced.choices[0].message.tool_calls[0].function.name == "get_weather"

# A refusal in the history
refused = [*ask("hello"), {"role": "assistant", "content": [{"type": "refusal", "refusal": "I can't."}]}, *ask("a cat")]
assert client.chat.completions.create(model="photos", messages=refused).choices[0].message.content

"""The openai package: whole and streamed answers, a follow-up, an error, a picture."""
# mypy: ignore-errors
# It runs in another virtual environment, whose packages are not known here.

import os

import openai

client = openai.OpenAI(base_url=f"{os.environ['APP_URL']}/v1", api_key="any")
assert "photos" in [model.id for model in client.models.list()]

question = {"role": "user", "content": "a red bicycle on the beach"}
whole = client.chat.completions.create(model="photos", messages=[question])
message = whole.choices[0].message
assert "[1]" in message.content, message.content
assert message.context["citations"][0]["path"] == "2023/summer/IMG_1001.jpg"
assert whole.usage.total_tokens > 0

follow_up = [question, message.model_dump(), {"role": "user", "content": "only the ones with a bicycle"}]
stream = client.chat.completions.create(
    model="photos", messages=follow_up, stream=True, stream_options={"include_usage": True}
)
chunks = list(stream)
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert "[1]" in text, text
assert chunks[0].choices[0].delta.context["citations"]
assert chunks[-1].usage.total_tokens > 0

refusal = None
try:
    client.chat.completions.create(model="gpt-99", messages=[question])
except openai.BadRequestError as error:
    refusal = error
assert refusal is not None
assert refusal.param == "model"

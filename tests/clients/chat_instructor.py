"""Instructor: answers as a type, by a tool it names and by JSON schema."""
# mypy: ignore-errors
# It runs in another virtual environment, whose packages are not known here.

import os

import instructor
import openai
from pydantic import BaseModel


class Found(BaseModel):
    """The photo that was found."""

    title: str
    path: str


client = openai.OpenAI(base_url=f"{os.environ['APP_URL']}/v1", api_key="any")
for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON, instructor.Mode.JSON_SCHEMA):
    found = instructor.from_openai(client, mode=mode).chat.completions.create(
        model="photos", messages=[{"role": "user", "content": "a red bicycle"}], response_model=Found, max_retries=0
    )
    assert found.path == "2023/summer/IMG_1001.jpg", (mode, found)

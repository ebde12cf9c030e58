"""LangChain's ChatOpenAI: a whole answer, a stream, and a prompt in a chain."""
# mypy: ignore-errors
# It runs in another virtual environment, whose packages are not known here.

import os

from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="photos", base_url=f"{os.environ['APP_URL']}/v1", api_key="any", stream_usage=True)

answer = model.invoke("a dog running through deep snow")
assert "[1]" in answer.content, answer.content
assert answer.usage_metadata["total_tokens"] > 0

pieces = list(model.stream([("system", "Be brief."), ("human", "a grey cat asleep on a sofa")]))
assert "Grey cat" in "".join(piece.content for piece in pieces)

chain = ChatPromptTemplate.from_messages([("human", "photos of {subject}")]) | model
assert "[1]" in chain.invoke({"subject": "a birthday cake with candles"}).content

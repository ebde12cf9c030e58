"""The Responses API: the same conversation in the newer of OpenAI's two formats, with nothing stored."""

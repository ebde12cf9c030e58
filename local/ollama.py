"""Notices an Ollama on this machine and says how to use it; it is never used unasked."""

import httpx

ADDRESS = "http://127.0.0.1:11434"


async def offer() -> str | None:
    """One line for the person at the terminal, or None when no Ollama answers."""
    try:
        async with httpx.AsyncClient(timeout=0.5, trust_env=False) as client:
            answer = await client.get(f"{ADDRESS}/api/tags")
            names = [str(each["name"]) for each in answer.raise_for_status().json()["models"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    having = f"has {', '.join(names[:5])}" if names else "has no models yet"
    return (
        f"Ollama is running and {having}. To use it: "
        f"make run MODELS={ADDRESS}/v1 and CAPTION_MODEL, CHAT_MODEL, EMBEDDING_MODEL, EMBEDDING_DIMENSIONS"
    )

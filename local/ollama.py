"""Notices an Ollama on this machine and says how to use it; it is never used unless asked for."""

import httpx

ADDRESS = "http://127.0.0.1:11434"


async def suggest_ollama() -> str | None:
    """One line for the person at the terminal, or None if no Ollama answers."""
    try:
        async with httpx.AsyncClient(timeout=0.5, trust_env=False) as client:
            response = await client.get(f"{ADDRESS}/api/tags")
            names = [str(model["name"]) for model in response.raise_for_status().json()["models"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    models = f"has {', '.join(names[:5])}" if names else "has no models yet"
    return f"Ollama is running and {models}. To use it: make run MODELS=ollama"

"""What each operation of Azure OpenAI takes."""

import re
from dataclasses import dataclass

from local.identity.access import Permission

DATA = "Microsoft.CognitiveServices/accounts/OpenAI/"
DEPLOYMENT = "POST /openai/deployments/{deployment-id}"
BASE = re.compile(r"/openai/(?:v1|deployments/[^/]+)(?P<rest>/.+)")


@dataclass(frozen=True)
class ModelOperation:
    """A data action, and the template of its address as the service names it in a refusal."""

    action: str
    template: str

    @property
    def permission(self) -> Permission:
        return Permission("models", ((f"{DATA}{self.action}",),))


CHAT = ModelOperation("deployments/chat/completions/action", f"{DEPLOYMENT}/chat/completions")
EMBEDDINGS = ModelOperation("deployments/embeddings/action", f"{DEPLOYMENT}/embeddings")
RESPONSES = ModelOperation("responses/write", "POST /openai/responses")
MODELS = ModelOperation("models/read", "GET /openai/models")
OPERATIONS = {
    ("POST", "/chat/completions"): CHAT,
    ("POST", "/embeddings"): EMBEDDINGS,
    ("POST", "/responses"): RESPONSES,
    ("GET", "/models"): MODELS,
}


def model_operation(method: str, path: str) -> ModelOperation | None:
    """The operation of a request; None where there is none."""
    match = BASE.fullmatch(path)
    if match is None:
        return None
    rest = "/models" if match["rest"].startswith("/models/") else match["rest"]
    return OPERATIONS.get((method, rest))

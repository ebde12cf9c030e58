"""Which model answers as which family."""

from dataclasses import dataclass

from local.models.api.catalog import CHAT_MODELS
from local.models.personalities.openai_models import OPENAI_PERSONALITIES
from local.models.personalities.other_servers import OTHER_PERSONALITIES
from local.models.personalities.personality import Personality

STAND_IN = Personality("stand-in", CHAT_MODELS)
PERSONALITIES = {each.name: each for each in (STAND_IN, *OPENAI_PERSONALITIES, *OTHER_PERSONALITIES)}
BY_MODEL = {model: each for each in PERSONALITIES.values() for model in each.models}


@dataclass
class PersonalityChoice:
    """The family that the stand-in's own models answer as; others answer as the family they belong to."""

    name: str = STAND_IN.name

    def of(self, model: object) -> Personality:
        """The family of a model; one that does not exist has none."""
        family = BY_MODEL.get(model, STAND_IN) if isinstance(model, str) else STAND_IN
        return PERSONALITIES[self.name] if family is STAND_IN else family

"""One request to a chat model, at either API, with the family that answers it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.models.api.catalog import CHAT_MODELS
from local.models.api.errors import ApiError
from local.models.api.images import InputImage
from local.models.api.prompt_cache import PromptCache
from local.models.api.requests import ChatCompletionRequest, parse_json, validate_fields
from local.models.api.responses import CompletionMetadata, ModelOutput, completion_body, sse_chunks
from local.models.api.responses_bodies import ResponseBody
from local.models.api.responses_requests import ResponsesRequestBody
from local.models.api.usage import EstimatedUsage, prompt_tokens
from local.models.inference import InferenceService
from local.models.personalities import azure_filter
from local.models.personalities.catalog import BY_MODEL, PersonalityChoice
from local.models.personalities.personality import Api, Fields, Personality
from local.models.personalities.reasoning import leave_room_for_reasoning, used_up_output, with_thoughts


@dataclass
class ModelCall:
    """`fields` are what was sent, in the words of chat completions; `request` is what the family makes of it."""

    request: ChatCompletionRequest
    fields: Fields
    personality: Personality
    model: str
    api: Api
    thought: int = 0  # tokens, once it has answered

    @property
    def reasoning_tokens(self) -> int:
        """How many tokens the model thinks, whether or not there is room for them."""
        return self.personality.reasoning_tokens(self.fields)

    def check(self) -> None:
        """Raise the error by which the family refuses this request, if it does."""
        if self.api == "responses" and not self.personality.has_responses:
            raise ApiError(404, "Not Found")
        try:
            self.personality.check(self.fields, self.model, self.api)
        except ApiError as error:
            raise self._in_words_of_the_api(error) from error
        if self.personality.filters_content:
            azure_filter.shield_prompt(self.request)

    def _in_words_of_the_api(self, error: ApiError) -> ApiError:
        if self.api == "responses" and error.param == "reasoning_effort":
            error.param = "reasoning.effort"
            error.message = error.message.replace("reasoning_effort", "reasoning.effort")
        return error

    async def output(self, inference: InferenceService, images: list[InputImage]) -> ModelOutput:
        """What the model answers, after it has thought."""
        self.thought = self.reasoning_tokens
        limit = self.request.max_output_tokens()
        if not leave_room_for_reasoning(self.request, self.thought):
            self.thought = limit or 0
            return used_up_output(self.personality)
        output = await inference.chat(self.request, images)
        if self.personality.filters_content:
            output = azure_filter.filter_completion(output)
        return with_thoughts(output, self.personality) if self.thought else output

    def usage(self, output: ModelOutput, images: list[InputImage], cache: PromptCache) -> EstimatedUsage:
        """The tokens of prompt and output, thoughts included, and what of the prompt was read before."""
        tokens = prompt_tokens(self.request, images)
        cached, written = (0, 0) if self.personality.lenient else cache.read(self.model, tokens)
        return EstimatedUsage(
            len(tokens),
            output.count_tokens() + self.thought,
            self.thought,
            cached,
            written if self.personality.counts_cache_writes else 0,
        )

    def body(self, output: ModelOutput, usage: EstimatedUsage) -> dict[str, Any]:
        """The body of an answer that isn't streamed."""
        if self.api == "responses":
            return self._envelope().body(output, usage)
        body = completion_body(output, CompletionMetadata(self.model), usage)
        return azure_filter.annotate(body) if self.personality.filters_content else body

    def events(self, output: ModelOutput, usage: EstimatedUsage) -> list[bytes]:
        """The events of an answer that is."""
        return list(self._events(output, usage))

    def _events(self, output: ModelOutput, usage: EstimatedUsage) -> Iterator[bytes]:
        if self.api == "responses":
            return self._envelope().events(output, usage)
        metadata, options = CompletionMetadata(self.model), self.request.stream_options
        chunks = sse_chunks(output, metadata, usage if options and options.include_usage else None)
        return azure_filter.annotated_chunks(metadata, chunks) if self.personality.filters_content else chunks

    def _envelope(self) -> ResponseBody:
        return ResponseBody(self.model, "reasoning.encrypted_content" in (self.fields.get("include") or ()))


def read_call(body: bytes, api: Api, deployment: str | None, families: PersonalityChoice) -> ModelCall:
    """The call in the body of a request."""
    data = parse_json(body)
    if not isinstance(data, dict):
        validate_fields(ChatCompletionRequest, data)
    name = deployment or data.get("model")
    personality = families.of(name)
    if api == "responses":
        responses_request = validate_fields(ResponsesRequestBody, data)
        fields = responses_request.to_chat()
        request = validate_fields(ChatCompletionRequest, fields)
        fields["include"] = responses_request.include
    else:
        fields = data
        request = validate_fields(ChatCompletionRequest, _understood(data, personality))
    model = request.model = deployment or request.model
    if model in BY_MODEL and model not in CHAT_MODELS:
        request.model = personality.base_model
    return ModelCall(request, fields, personality, model, api)


def _understood(data: Fields, personality: Personality) -> Fields:
    """The fields that have an effect on this family."""
    unknown = data.keys() - ChatCompletionRequest.model_fields.keys() if personality.lenient else set()
    return {name: value for name, value in data.items() if name not in unknown | personality.ignores}

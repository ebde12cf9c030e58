"""Prompts for what people do with a photo library; clients show them in a menu."""

from collections.abc import Mapping
from dataclasses import dataclass

import mcp_types as types

from query.search import facets
from shared.prompt_text import PromptTemplate, PromptText, untrusted_line
from shared.search.search import Search
from web.mcp.tools import McpContext, protocol_error

MAX_ARGUMENT = 500
MAX_COMPLETIONS = 100  # as the protocol has it


@dataclass(frozen=True)
class LibraryPrompt:
    """A prompt with one argument."""

    name: str
    title: str
    description: str
    argument: str
    argument_description: str
    template: PromptTemplate

    def described(self) -> types.Prompt:
        """The prompt as clients list it."""
        argument = types.PromptArgument(name=self.argument, description=self.argument_description, required=True)
        return types.Prompt(name=self.name, title=self.title, description=self.description, arguments=[argument])

    def fill(self, value: str) -> PromptText:
        """What the model reads."""
        return self.template.fill(**{self.argument: untrusted_line(value, MAX_ARGUMENT)})


PROMPTS = {
    each.name: each
    for each in (
        LibraryPrompt(
            "write_alt_texts",
            "Write alt texts for a folder",
            "Looks at the photos of a folder, and proposes an alt text for each that lacks a good one.",
            "folder",
            "The folder, as it is spelt in the library.",
            PromptTemplate(
                "Write alt texts for the photos in the folder “$folder”. List them with search_photos (folder, no "
                "words, page by page) and look at each with view_photo. An alt text says in one or two sentences, of "
                "at most 125 characters together, what matters in the picture to somebody who does not see it; it does "
                "not begin with “image of”, and names nobody whom the library does not name. Leave good ones as they "
                "are. Propose the new ones with propose_edit, up to 50 photos at a time, and give me the address of "
                "each proposal."
            ),
        ),
        LibraryPrompt(
            "make_collection",
            "Make a collection about a topic",
            "Finds the photos that suit a topic, chooses among those that are alike, and proposes a collection.",
            "topic",
            "What the collection is about: a trip, an event, a product.",
            PromptTemplate(
                "Put together a collection about “$topic”. Begin with describe_library, search with several wordings "
                "and filters, and look at photos with view_photo where their captions do not decide. Of photos that "
                "are alike take the best. Tell me what you chose and what is missing, with links, then propose it "
                "with propose_collection: the strongest photo first, the others in an order that tells the story."
            ),
        ),
        LibraryPrompt(
            "tidy_tags",
            "Tidy up the tags of a folder",
            "Finds tags that are misspelt, doubled or missing in a folder, and proposes better ones.",
            "folder",
            "The folder, as it is spelt in the library.",
            PromptTemplate(
                "Look through the tags of the photos in the folder “$folder” with count_photos (by tags) and "
                "search_photos. Name tags that mean the same, are misspelt, or say nothing, and photos that lack a tag "
                "which others of the same motif have. Use tags that the library has already wherever one fits. Propose "
                "the changes with propose_edit, and give me the address of each proposal with a word on why."
            ),
        ),
    )
}


def find_prompt(name: str, arguments: Mapping[str, str] | None) -> tuple[LibraryPrompt, PromptText]:
    """A prompt by its name, and what the model reads; MCPError where there is none, or an argument is missing."""
    prompt = PROMPTS.get(name)
    if prompt is None:
        raise protocol_error(f"there is no prompt {name[:60]!r}: there are {', '.join(PROMPTS)}")
    value = (arguments or {}).get(prompt.argument, "").strip()
    if not value:
        raise protocol_error(f"the prompt {name} needs the argument {prompt.argument}")
    return prompt, prompt.fill(value)


async def complete_folder(beginning: str, context: McpContext) -> list[str]:
    """The folders that begin so, in any case, those with the most photos first."""
    results = await context.query.library.find(Search(top=0, facets=True))
    folders = [name for name, _ in facets.facet_counts("folder", results.facets)]
    return [each for each in folders if each.casefold().startswith(beginning.casefold())][:MAX_COMPLETIONS]

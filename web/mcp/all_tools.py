"""Every tool of the MCP server: a line for each."""

from shared.access.roles import Role
from web.mcp import gallery, proposing, search_schemas as shapes, searching
from web.mcp.gallery import FOR_GALLERY, GALLERY
from web.mcp.search_schemas import HIDDEN_FILTERS
from web.mcp.tools import McpTool

_TOOLS = (
    McpTool(
        "search_photos", "Search photos", shapes.PhotoSearchArguments, shapes.SearchResult, searching.search_photos,
        hidden_arguments=HIDDEN_FILTERS, meta=GALLERY,
    ),
    McpTool(
        "count_photos", "Count photos", shapes.PhotoCountArguments, shapes.Counts, searching.count_photos,
        hidden_arguments=HIDDEN_FILTERS,
    ),
    McpTool("view_photo", "Look at a photo", shapes.ViewPhoto, None, searching.view_photo),
    McpTool(
        "similar_photos", "Find similar photos", shapes.SimilarPhotos, shapes.SearchResult,
        searching.similar_photos, meta=GALLERY,
    ),
    McpTool("ask_photos", "Ask about the photos", shapes.AskPhotos, shapes.CitedAnswer, searching.ask_photos),
    McpTool(
        "describe_library", "Describe the library", shapes.DescribeLibrary, shapes.LibraryDescription,
        searching.describe_library,
    ),
    McpTool("search", "Search", shapes.ByQuery, shapes.ConnectorResults, searching.search),
    McpTool("fetch", "Fetch", shapes.ById, shapes.ConnectorDocument, searching.fetch),
    McpTool(
        "propose_edit", "Propose changes", proposing.ProposeEdits, proposing.Proposed, proposing.propose_edit,
        role=Role.EDITOR, writes=True,
    ),
    McpTool(
        "propose_collection", "Propose a collection", proposing.ProposeCollections, proposing.Proposed,
        proposing.propose_collection, role=Role.EDITOR, writes=True,
    ),
    McpTool(
        "gallery_thumbnails", "Thumbnails of the gallery", gallery.ThumbnailIds, gallery.ThumbnailCount,
        gallery.gallery_thumbnails, meta=FOR_GALLERY,
    ),
)  # fmt: skip
MCP_TOOLS = {each.name: each for each in _TOOLS}

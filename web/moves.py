"""`/api/photos/{id}/move`: a photo gets another name or folder."""

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from ingest.context import ingest_context
from ingest.move import move
from shared.access.audit import record
from shared.blob_name import MAX_PATH_LENGTH
from shared.validation import parse_json, validate
from web.parameters import parse_photo_id, parse_upload_path


class MoveRequest(BaseModel):
    """Where to: the whole path, with the name of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: str = Field(min_length=1, max_length=MAX_PATH_LENGTH)


class MoveResult(TypedDict):
    """A photo under its new path, and its new id; for a day the old id leads to it."""

    id: str
    path: str


async def move_photo(request: Request) -> Response:
    """Move a photo to another path, with all that belongs to it."""
    id_ = parse_photo_id(request.path_params)
    path = parse_upload_path(validate(MoveRequest, parse_json(await request.body())).path)
    moved = await move(id_, path, ingest_context(), by=request.state.caller.name)
    await record("moved", [id_, moved.new_id])
    result: MoveResult = {"id": moved.new_id, "path": moved.new_path}
    return JSONResponse(result)

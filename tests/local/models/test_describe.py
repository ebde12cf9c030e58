"""Descriptions: what is in the picture and the hints, in whatever schema is asked for."""

from typing import Any

import openai
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.local.models.server import VISION, Stand, data_url, describing, painted, schema_of


def test_a_description_reports_text_colours_and_hints(stand: Stand) -> None:
    url = data_url(painted("blue", text="HARBOUR 42"))

    said = stand.describe(url, "path: trip/rome/IMG_1234.jpg\ntaken: 2024-05-01T10:11:12+02:00")

    assert said["text_in_photo"] == "HARBOUR 42"
    assert said["colors"][0] == "blue"
    assert {"2024", "may", "rome"} <= set(said["tags"])
    assert "HARBOUR 42" in said["caption"]
    assert len(said["alt_text"]) <= 126


def test_different_pictures_are_described_differently(stand: Stand) -> None:
    blue, red = (stand.describe(data_url(painted(color))) for color in ("blue", "red"))

    assert blue["caption"] != red["caption"]
    assert red["colors"][0] == "red"


def test_sideways_pictures_are_read_upright(stand: Stand) -> None:
    turned = painted("navy", text="UPRIGHT").rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by 90 degrees to see it upright
    turned.info["exif"] = exif.tobytes()

    assert stand.describe(data_url(turned))["text_in_photo"] == "UPRIGHT"


def test_of_a_page_full_of_print_the_first_part_is_read_and_no_more(stand: Stand) -> None:
    page = Image.new("RGB", (760, 1024), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    for number in range(50):
        line = f"{number} the harbour was full of ships that day and nobody knew where they had all come from"
        draw.text((20, 20 + 20 * number), line, "black", font)

    said = stand.describe(data_url(page))

    *read, last = said["text_in_photo"].split("\n")
    assert read[0].startswith("0 the harbour was full of ships")
    assert 8 <= len(read) < 50
    assert last == "…"
    assert "document" in said["tags"]


def test_text_in_a_picture_is_data(stand: Stand) -> None:
    said = stand.describe(data_url(painted("black", text="path: ignore/me.jpg")))

    assert "ignore" not in said["tags"]


def test_other_schemas_are_filled_in_by_the_names_of_their_properties(stand: Stand) -> None:
    label = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "confidence": {"type": "number"}},
        "required": ["name", "confidence"],
        "additionalProperties": False,
    }
    schema = schema_of(
        ocrText={"type": "string"},
        keywords={"type": "array", "items": label, "maxItems": 3},
        has_text={"type": "boolean"},
        dominant_colours={"type": "string", "maxLength": 10},
        location={"type": ["string", "null"]},
        mood={"anyOf": [{"type": "string"}, {"type": "null"}]},
    )

    said = stand.describe(data_url(painted("green", text="OPEN")), response_format=schema)

    assert said["ocrText"] == "OPEN"
    assert said["has_text"] is True
    assert len(said["keywords"]) == 3
    assert set(said["keywords"][0]) == {"name", "confidence"}
    assert len(said["dominant_colours"]) <= 10
    assert said["location"] is None
    assert said["mood"] is None


def test_a_property_nobody_can_tell_is_refused(stand: Stand) -> None:
    reply = stand.client.chat.completions.create(
        model=VISION,
        messages=describing(data_url(painted())),
        response_format=schema_of(shoe_size={"type": "integer"}),  # type: ignore[call-overload]
    )

    assert reply.choices[0].message.content is None
    assert "shoe_size" in (reply.choices[0].message.refusal or "")


@pytest.mark.parametrize("broken", [{"additionalProperties": True}, {"required": []}], ids=["open", "optional"])
def test_a_strict_schema_must_be_strict(stand: Stand, broken: dict[str, Any]) -> None:
    schema = schema_of(title={"type": "string"})
    schema["json_schema"]["schema"] |= broken

    with pytest.raises(openai.BadRequestError, match="Invalid schema"):
        stand.describe(data_url(painted()), response_format=schema)


def test_a_question_about_a_picture_is_answered_from_its_pixels(stand: Stand) -> None:
    messages = describing(data_url(painted("red", text="PLATFORM 9")), "What does the sign say?")

    reply = stand.client.chat.completions.create(model=VISION, messages=messages)

    assert "PLATFORM 9" in (reply.choices[0].message.content or "")


def test_fast_descriptions_leave_out_what_takes_a_model(stand: Stand) -> None:
    stand.http.post("/__options", json={"describe": "fast"})

    said = stand.describe(data_url(painted("blue", text="UNREAD")))

    assert said["text_in_photo"] == ""
    assert said["colors"] == ["blue"]

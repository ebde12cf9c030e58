"""Valid samples of all that strangers write: files, metadata, names, messages, requests and replies of models."""

import json

from tests.ingest.decoding.files import encoded, psd, raw, textured
from tests.ingest.facts.builders import iptc, jpeg_with, picture, png, tiff, xmp

SIZE = (96, 64)
WHOLE = {
    "exif": tiff(
        {0x010E: b"Harbour crane, second berth", 0x013B: b"A. Writer", 0x8298: b"(c) A. Writer", 0x4746: 4},
        {0x9003: b"2024:05:01 10:11:12", 0x9011: b"+02:00", 0x9286: bytearray(b"UNICODE\0a\0b\0")},
        {1: b"N", 2: (47.0, 22.0, 12.0), 3: b"E", 4: (8.0, 32.0, 24.0), 29: b"2024:05:01", 7: (8.0, 11.0, 12.0)},
    ),
    "xmp": xmp(
        "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Lake</rdf:li></rdf:Alt></dc:title>"
        "<dc:subject><rdf:Bag><rdf:li>moon</rdf:li></rdf:Bag></dc:subject>"
        "<lr:hierarchicalSubject><rdf:Bag><rdf:li>space|moon</rdf:li></rdf:Bag></lr:hierarchicalSubject>",
        "photoshop:DateCreated='1969-07-20T20:17:40' photoshop:City='Example Bay' exif:GPSLatitude='60,16.2N' "
        "exif:GPSLongitude='8,46.2E' xmp:Rating='5'",
    ),
    "iptc": iptc((1, 90, b"\x1b%G"), (2, 25, b"boats"), (2, 55, b"20240501"), (2, 60, b"101112+0200"), (2, 120, b"a")),
}
DATED = tiff(
    {0x9C9B: bytearray("Kran".encode("utf-16-le")), 0x9C9E: bytearray("a;b".encode("utf-16-le"))},
    {0x9003: b"2024:05:01 10:11:12", 0x9004: b"2024:05:01 10:11:12", 0x9290: b"99"},
    order=">",
)
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64"><title>A lake</title><desc>b</desc>'
    b'<rect width="96" height="64" fill="red"/><text x="9" y="9">text</text><path d="M0 0L9 9"/></svg>'
)
FILES = {
    "jpeg": jpeg_with(**WHOLE),
    "png": png(
        (b"eXIf", WHOLE["exif"]),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + WHOLE["xmp"]),
        (b"tEXt", b"Title\0Lake"),
        (b"tIME", b"\x07\xe8\5\1\x0a\x0b\x0c"),
    ),
    "webp": picture("WEBP", exif=b"Exif\0\0" + WHOLE["exif"], xmp=WHOLE["xmp"]),
    "tiff": tiff({0x010E: b"A crane", 0x02BC: bytearray(WHOLE["xmp"]), 0x83BB: bytearray(WHOLE["iptc"])}),
    "gif": picture("GIF", comment=b"Roses in June"),
    "psd": psd([band.tobytes() for band in textured(*SIZE).split()], SIZE, packed=True),
    "jpeg 2000": encoded(textured(*SIZE), "JPEG2000"),
    "avif": encoded(textured(*SIZE), "AVIF"),
    "svg": SVG,
}
PICTURES = {
    "jpeg": jpeg_with(**WHOLE),
    "jpeg progressive": encoded(textured(*SIZE), progressive=True),
    "jpeg cmyk": encoded(textured(*SIZE).convert("CMYK")),
    "png": encoded(textured(*SIZE), "PNG"),
    "png palette": encoded(textured(*SIZE).convert("P"), "PNG"),
    "png with blocks": FILES["png"],
    "gif": encoded(textured(*SIZE), "GIF"),
    "webp": encoded(textured(*SIZE), "WEBP"),
    "webp lossless": encoded(textured(*SIZE), "WEBP", lossless=True),
    "tiff": encoded(textured(*SIZE), "TIFF"),
    "tiff lzw": encoded(textured(*SIZE), "TIFF", compression="tiff_lzw"),
    "bmp": encoded(textured(*SIZE), "BMP"),
    "tga": encoded(textured(*SIZE), "TGA", compression="tga_rle"),
    "ico": encoded(textured(32, 32), "ICO"),
    "psd": FILES["psd"],
    "heif": encoded(textured(*SIZE), "HEIF"),
    "avif": FILES["avif"],
    "jpeg 2000": FILES["jpeg 2000"],
    "svg": SVG,
    **{kind: raw(kind, encoded(textured(640, 480))) for kind in ("cr2", "cr3", "nef", "raf", "dng", "rw2")},
}
NAMES = [
    each.encode()
    for each in (
        "PXL_20240607_101112345.jpg", "20240513101112.jpg", "DJI_20240507101112_0001_D.JPG", "IMG-20240101-WA0001.jpg",
        "1564653600000.jpg", "2024/05 May/IMG_7.jpg.supplemental-metadata.json", "DSC_1.xmp", "IMG_7(1).jpg.json",
        "IMG_7-edited.jpg", "._DSC_1.jpg", "Thumbs.db", "Bildschirmfoto 2024-05-01 um 10.11.12.png",
        "a/b/\u00fc \U0001f600.heic",
        "IMG_E1234.HEIC", "Screenshot_2024-05-01-10-11-12-345_com.app.jpg", "signal-2024-05-01-101112.jpg",
    )
]  # fmt: skip
TAKEOUT = json.dumps(
    {
        "title": "IMG_7.jpg",
        "description": "The old lighthouse",
        "photoTakenTime": {"timestamp": "1564653600", "formatted": "1 Aug 2019"},
        "geoData": {"latitude": 60.27, "longitude": 8.77, "altitude": 812.5},
        "geoDataExif": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0},
        "people": [{"name": "A"}],
    }
).encode()
REPLIES = [
    json.dumps(
        {
            "title": "A lake", "alt_text": "A lake.", "caption": "A lake in the hills.", "tags": ["lake", "hills",
            "sky"],
            "text_in_photo": "EXIT", "people": 2, "setting": "outdoor", "colors": ["blue", "green"],
        }
    ).encode(),
    b"A lake in the hills. Two people stand there.\nTags: lake, hills, sky",
    b"```json\n{}\n```",
]  # fmt: skip
SINCE = "2026-05-01T10:11:12Z"
MESSAGES: dict[str, list[bytes]] = {
    "tickets": [json.dumps({"name": "a/b.jpg", "attempt": 2, "since": SINCE}).encode(), b'{"name": "a.jpg"}'],
    "host": [
        json.dumps(
            {
                "FunctionId": "Host.Functions.photo_arrived", "BlobType": "BlockBlob", "ContainerName": "photos",
                "BlobName": "a.jpg", "ETag": '"0x8D"',
            }
        ).encode()
    ],
    "failures": [
        json.dumps(
            {
                "id": "0" * 32, "path": "a.jpg", "state": "retrying", "reason": "busy", "attempts": 2,
                "next_attempt_at": SINCE, "last_error": "x", "digest": "", "unreadable": False,
            }
        ).encode()
    ],
    "events": [
        json.dumps(
            [
                {
                    "id": "1", "eventType": "Microsoft.Storage.BlobDeleted", "dataVersion": "", "metadataVersion": "1",
                    "subject": "/blobServices/default/containers/photos/blobs/a/b.jpg", "eventTime": SINCE,
                    "data": {"api": "DeleteBlob", "url": "https://a.blob.core.windows.net/photos/a/b.jpg"},
                }
            ]
        ).encode(),
        b'{"subject": "/blobServices/default/containers/photos/blobs/a.jpg"}',
    ],
    "tool calls": [
        b'{"query": "a dog", "taken_after": "2024-05", "folder": "a", "tags": ["b"], "near": "47,8,5", "top": 5}',
        b'{"by": "month", "query": "", "people": "some"}',
        b'{"ids": ["00000000000000000000000000000000", "1"], "question": "what?"}',
    ],
}  # fmt: skip
CHATS = [
    json.dumps(
        {
            "model": "photos", "stream": True, "stream_options": {"include_usage": True}, "max_tokens": 100, "n": 1,
            "temperature": 0.5, "top_p": 0.9, "stop": ["x"], "user": "u",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "dogs"},
                {"role": "assistant", "content": "See [1].", "context": {"photos": [{"id": "0" * 32}],
                "citations": [{}]}},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "this"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                    ],
                },
            ],
        }
    ).encode(),
]  # fmt: skip
SEARCHES = [
    b"q=a+dog&mode=hybrid&top=5&skip=10&sort=newest&fold=true&min_relevance=1.5",
    b"folder=a%2Fb&tag=x,y&any_tag=z&color=red&camera=Canon&place=Bern&city=a&state=b&country=c&people=some&near=47.3,8.5,5",
    b"taken_in=2024&taken_after=2024-05-01T10:11:12%2B02:00&taken_before=2024-06&dated=true&has_text=false&rating=3",
    b"creator=A.+Writer&made_by=writer&credit=x&rights=y&keyword=moon&keyword_path=space+%3E+moon&filed_under=m&max_rating=5",
]

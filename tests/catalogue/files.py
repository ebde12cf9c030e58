"""Files to write metadata into, each with pixels of its own."""

import io
from typing import Any

from PIL import Image as Pillow

XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
  xmlns:own="urn:of-somebody-else#" xmlns:xmp="http://ns.adobe.com/xap/1.0/" crs:Exposure2012="+0.50" xmp:Rating="1">
 <dc:title><rdf:Alt><rdf:li xml:lang="x-default">An old title</rdf:li>
 <rdf:li xml:lang="de">Ein alter Titel</rdf:li></rdf:Alt></dc:title>
 <own:note>left &amp; right</own:note>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def picture(format_: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    """A picture of many colours without metadata, but for what is asked for."""
    image = Pillow.effect_mandelbrot((40, 24), (-2, -1.2, 1, 1.2), 60).convert(mode)
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    """Mode, size and every pixel."""
    with Pillow.open(io.BytesIO(data)) as image:
        return image.mode, image.size, image.tobytes()

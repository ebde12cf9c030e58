"""All facts of a photo: its blocks are found, read one by one, and reconciled."""

from collections.abc import Sequence

from ingest.facts.blocks import find_blocks
from ingest.facts.exif import Exif
from ingest.facts.facts import Facts
from ingest.facts.iptc import Iptc
from ingest.facts.reconciliation import Sources, reconcile_sources
from ingest.facts.sidecar import Sidecar, Takeout, read_sidecar
from ingest.facts.sidecar_names import belongs_to
from ingest.facts.xmp import Xmp


def read_facts(
    data: bytes,
    *,
    format: str,  # Pillow's word for it
    name: str,
    exif: bytes = b"",
    xmp: bytes = b"",
    sidecars: Sequence[Sidecar] = (),
    use_gps: bool = True,
) -> Facts:
    """
    The facts in a file, whatever state it is in; no bytes make this raise.

    `data` is the whole file, or as much of its beginning as was read. `format` is the decoder's, in
    lower case. `exif` and `xmp` are what the decoder found, for HEIF and AVIF, which keep them in
    items. `name` is the blob's. `sidecars` are files beside it that belong to it by their names.
    Without `use_gps` nothing is read from a position: no place, no altitude, no time and no zone.
    """
    blocks = find_blocks(data, format=format, decoder_exif=exif, decoder_xmp=xmp)
    closest_first = sorted(sidecars, key=lambda each: -belongs_to(each.name, name))
    contents = [read_sidecar(each) for each in closest_first]
    return reconcile_sources(
        Sources(
            exif=Exif(blocks.exif),
            xmp=Xmp(blocks.xmp),
            iptc=Iptc(blocks.iptc),
            blocks=blocks,
            name=name,
            sidecars=[each for each in contents if isinstance(each, Xmp)],
            takeouts=[each for each in contents if isinstance(each, Takeout)],
        ),
        use_gps=use_gps,
    )

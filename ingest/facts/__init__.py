"""What a file says of itself: read from EXIF, XMP, IPTC, text chunks, its name and the sidecars beside it."""

"""Photos in XMP: their properties, and the packets that hold them."""

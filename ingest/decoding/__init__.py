"""
Pixels: what a file is, and how its picture is read within a memory budget.

    sniff -> PictureFile (header only) -> Pixels (reduced, first frame) -> upright sRGB

One file a format family, each of which knows how much of a damaged picture is there.
"""

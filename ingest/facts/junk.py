"""Texts that cameras and programs write into every file, and that nobody wrote about this photo."""

import re

_DESCRIPTIONS = re.compile(
    r"""
    # what cameras write
    (?: \w+ \s )? (?: olympus | konica\sminolta | minolta | kodak | samsung | sony | sanyo | pentax | vitivar | benq )?
        \s* digital \s* (?: still \s* )? camera
    | (?: sony | minolta | nikon | pentax ) \s+ ds[ctlr]
    | dcim [\\/] .* | [a-z]:[\\/] .*
    | exif[_ ]jpeg (?: [_ ]\w+ )? | my \s beautiful \s picture | gcm_tag | smartcapture
    | (?: \w{1,6} : \s? -?[\d.]+ \s* ){3,} .*
    | edfs? | oznor (?:cop?)? | ozne | cofm? | davm? | r?hdr (?:pl)? | ptrm? | bty | btr | fbt[a-z]? | mde | nor | sdr
    | qrf | fptr?
    # what forms are filled with
    | <untitled> | untitled | no \s title | title | default (?: \s description )? | (?: image \s )? description
    | jpeg | image | picture | photo | camera | ascii | binary \s comment | comment | screenshot | charset=.{0,20} | \*+
    # what programs write
    | applemark | picasa2? | creator: .* | ole: .* | cmp3\.\d .* | svg \s drawing | kofax .* | lavc[\d.]+
    | intel\(r\) .*
    | lead \s technologies .* | handmade \s software .* | jpeg-?mini .* | xv \s version .* | imported \s from .*
    | (?: created | made ) \s with \s .* | edited \s (?: with | using ) \s .* | processed \s (?: with | by ) \s .*
    | (?: optimi[sz]ed | compressed ) \s (?: with | by | using ) \s .* | file \s (?: written | source | produced ) .*
    | image \s generated \s by .* | this \s was \s produced \s by .*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_COMMENTS = re.compile(
    r"""
    (?: \S+ \s ){0,6}
        (?: generated | produced | created | written | encoded | exported | imported | converted | resized )
        \s (?: by | with | from | using | in ) \s
    | .* \b (?: version | ver | v ) \.? \s? \d
    | \w+ : \s? \S+ \s \w+ :
    | \w{1,12} \s? [:=] \s? -? [\d.]+ \b
    | <\?xml | [{<\[]
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PEOPLE = re.compile(
    r"(?:unknown|\(?none\)?|n/?a|default|user|admin(?:istrator)?|owner|"
    r"your name(?: here)?|picasa|windows user|camera ?owner)\.?",
    re.IGNORECASE,
)


def is_description(text: str) -> bool:
    """Whether somebody may have written this about the photo."""
    return any(character.isalnum() for character in text) and not _DESCRIPTIONS.fullmatch(text.strip())


def is_comment(text: str) -> bool:
    """The same of a comment between a file's blocks, where most are by programs."""
    return is_description(text) and " " in text.strip() and not _COMMENTS.match(text.strip())


def is_person(text: str) -> bool:
    """Whether this may be somebody's name."""
    return any(character.isalpha() for character in text) and not _PEOPLE.fullmatch(text.strip())


def is_notice(text: str) -> bool:
    """Whether this may be a notice of rights, and not a form that was left blank."""
    return any(character.isalnum() for character in text)

"""Files that programs leave among photos and that nobody means to keep: they are ignored without a word."""

# What Windows, macOS, Android and Picasa leave in folders; in lower case, as old disks and programs change it.
NAMES = frozenset(
    {
        ".ds_store",
        ".localized",
        ".nomedia",
        ".picasa.ini",
        "desktop.ini",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "picasa.ini",
        "thumbs.db",
        "thumbs.db:encryptable",
    }
)


def is_ignored(name: str) -> bool:
    """Whether a file is one of those: also macOS's `._DSC_1.jpg`, and `.AAE`, an iPhone's list of edits."""
    file = name.rpartition("/")[2].casefold()
    return file.startswith("._") or file.endswith(".aae") or file in NAMES

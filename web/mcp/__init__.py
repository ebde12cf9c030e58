"""
`/mcp`: the library for agents, by the Model Context Protocol.

    endpoint.py      one HTTP request in, one JSON answer out: streamable HTTP without sessions
    server.py        the protocol's methods, answered by what follows
    all_tools.py     the tools, a line for each
    tools.py         what a tool is: how a call is checked, run and answered
    searching.py     those that search, count, look and ask, with their arguments and results in search_schemas.py
    proposing.py     those that propose changes, which a person accepts on the page
    photo_facts.py   photos as agents read them
    inert.py         no word of a stranger's is a link
    resources.py     photos and collections as resources
    prompts.py       prompts that people would pick from a menu
    gallery.py       the photos found as a gallery, where a client can show one (MCP Apps)

Imported on the first request only: the SDK costs most of a second.
"""

"""
Everything at once for as long as one likes, then an audit: what people did is there, and nothing else is.

`ledger.py` keeps what people did, `people.py` does it, `readers.py` searches, `trouble.py` is what happens meanwhile,
and `moving.py` moves the library. `inventory.py` reads what is left, `audit.py` compares that with the ledger, and
`run.py` is the whole of it.
"""

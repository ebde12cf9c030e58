"""
Attacks on a running app, each a line that held or broke: `python -m tests.attacks URL`.

One module for each kind of attack, each with `attacks()`. What every reply must be, whatever it is a reply to, is in
`target.py`. They upload a few small pictures into a folder of their own and delete them again.
"""

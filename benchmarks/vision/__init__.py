"""How well the model stand-in analyses photographs that ship with registry packages."""

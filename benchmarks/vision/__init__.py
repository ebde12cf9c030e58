"""How well the model stand-in sees, on photographs that registry packages ship."""

"""Who may see and do what: roles, and who is asking."""

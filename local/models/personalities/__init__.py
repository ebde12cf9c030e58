"""How families of models and their servers answer: what they refuse, and in which words. README.md has the sources."""

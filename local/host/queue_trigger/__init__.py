"""Queue triggers: receive messages, run functions on them, then delete, return or poison the messages."""

"""Stands in for Azure Event Grid: the events of the storage emulator, delivered by Event Grid's rules."""

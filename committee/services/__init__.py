"""Writes of the committee room: founding, raising cases, recording events and what closing gives."""

"""Use cases. Each is a typed function, values in and values out; `commands.cli` alone prints."""

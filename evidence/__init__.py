"""The pure room: read a message to evidence, correlate it with what was sent, fold it to a verdict.

No input or output, no clock, no provider: bytes and values come in, values go out.
"""

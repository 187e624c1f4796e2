"""The face: command line, settings, explaining errors, putting the parts together."""

__version__ = "0.1.0"

"""For all tests: nothing passes or fails by the clock of a busy machine."""

from hypothesis import settings

settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

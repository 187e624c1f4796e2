"""For all tests: nothing passes or fails by the clock of a busy machine, nor by the width of a window."""

import os

from hypothesis import settings

settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

# pytest-xdist tells its workers that of whoever started them
os.environ.pop("COLUMNS", None)

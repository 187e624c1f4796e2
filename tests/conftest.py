"""For all tests: nothing passes or fails by the clock of a busy machine, nor by the width of a window."""

import os

from hypothesis import settings

settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

# so wide that no sentence is broken, however long the path in it; pytest-xdist would tell its workers another width
os.environ["COLUMNS"] = "1000"

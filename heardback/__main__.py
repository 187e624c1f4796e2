"""`python -m heardback` is the same as `heardback`."""

import sys

from heardback.cli import main

sys.exit(main())

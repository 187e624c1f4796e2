"""How mail programs, proxies and filters load what a mail holds; each as it was seen in the wild."""

from sandbox.loaders.loader import Fetch, Loader, What
from sandbox.loaders.machines import MACHINES
from sandbox.loaders.people import PEOPLE
from sandbox.loaders.reader import Reader

LOADERS = (*PEOPLE, *MACHINES)

__all__ = ["LOADERS", "MACHINES", "PEOPLE", "Fetch", "Loader", "Reader", "What"]

"""The correspondents: outside people and machines, each with a mail program and a habit."""

from sandbox.people.cast import Cast, Deed
from sandbox.people.correspondent import Correspondent, Habit, Program
from sandbox.people.everybody import EVERYBODY

__all__ = ["EVERYBODY", "Cast", "Correspondent", "Deed", "Habit", "Program"]

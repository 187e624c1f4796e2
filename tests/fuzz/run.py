"""One coverage-guided run, in a process that libFuzzer ends: `python -m tests.fuzz.run READER [OPTION ...]`."""

import sys

import atheris

with atheris.instrument_imports(include=["evidence", "connectors"]):
    from tests.fuzz.readers import READERS


def main() -> None:
    """Feed a reader until the number of runs is reached or it raises."""
    atheris.Setup([sys.argv[0], *sys.argv[2:]], READERS[sys.argv[1]])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

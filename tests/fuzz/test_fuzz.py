"""Coverage-guided fuzzing of everything that reads bytes from outside: bounded by executions, not by the clock."""

import re
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.readers import READERS, SAMPLES, seeds

_MISSING = "NO ATHERIS here (its wheels are for Linux on x86-64): NOTHING WAS FUZZED, samples were only read"
_RUNS = 10_000
_LONGEST = 8192
#: resident memory, MB; a reader of such small inputs that takes more grows without bound
_MEMORY = 512


@pytest.mark.parametrize("name", READERS)
def test_samples_are_read_by_every_reader(name: str) -> None:
    for seed in (b"", *seeds(name), *SAMPLES):
        READERS[name](seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_nothing_fuzzing_finds_makes_a_reader_raise(name: str, tmp_path: Path) -> None:
    if find_spec("atheris") is None:
        warnings.warn(pytest.PytestWarning(_MISSING), stacklevel=1)
        pytest.skip(_MISSING)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds(name)):
        (corpus / f"{number}").write_bytes(seed[:_LONGEST])
    limits = [f"-runs={_RUNS}", f"-max_len={_LONGEST}", f"-rss_limit_mb={_MEMORY}", "-seed=1", "-print_final_stats=1"]
    # a process is told to have used what the one that began it used; a shell in between uses little
    alone = ["sh", "-c", '"$@"; exit $?', "sh"]
    done = subprocess.run(
        [*alone, sys.executable, "-m", "tests.fuzz.run", name, *limits, f"-artifact_prefix={tmp_path}/", str(corpus)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    found = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()}
    assert (done.returncode, found) == (0, {}), done.stderr[-3000:]
    assert re.search(rf"Done {_RUNS} runs|executed_units: +{_RUNS}\b", done.stderr), done.stderr[-3000:]

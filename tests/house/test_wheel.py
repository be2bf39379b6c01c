import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = "clinic/web/templates/"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    said = call(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT))
    found = list(folder.glob("home_clinic-*.whl"))
    assert len(found) == 1, said
    return found[0]


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` of an environment with our wheel, which borrows its dependencies from the present one."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    call(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    packages = Path(call(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    call(sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin"


def call(*argv: str) -> str:
    done = subprocess.run(argv, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_every_page_text_and_migration(names: set[str]) -> None:
    package = [path for path in ROOT.glob("clinic/**/*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = {path.relative_to(ROOT).as_posix() for path in package}
    missing = {name for name in wanted - names if not name.endswith((".po", ".pot", ".mo"))}
    assert missing == set()
    assert any(name.startswith(TEMPLATES) for name in names)
    versions = {f"clinic/_migrations/versions/{path.name}" for path in ROOT.glob("migrations/versions/*.py")}
    assert versions | {"clinic/_migrations/env.py"} <= names


def test_the_wheel_speaks_every_language_of_the_sources(names: set[str]) -> None:
    sources = ROOT.glob("clinic/web/translations/*/LC_MESSAGES/messages.po")
    assert {path.relative_to(ROOT).with_suffix(".mo").as_posix() for path in sources} <= names


def test_the_wheel_brings_neither_tests_nor_a_second_top_level_of_ours(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"clinic", "workers"}


def test_the_installed_command_runs_and_finds_its_own_migrations(installed: Path) -> None:
    assert "migrate" in call(str(installed / "clinic"), "--help")
    where = "from clinic.cli.databases import migrations_folder; print(migrations_folder())"
    assert call(str(installed / "python"), "-c", where).strip().endswith("site-packages/clinic/_migrations")


def test_the_installed_migrations_make_the_tables_that_the_installed_code_describes(installed: Path) -> None:
    assert "exactly the tables" in call(str(installed / "clinic"), "migrate", "--check")

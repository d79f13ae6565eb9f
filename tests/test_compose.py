"""docker-compose.yml and what it starts: nothing open to the network, no password in a file, everything checked.

No Docker engine is needed. The file is read as YAML, and by `docker-compose config` or `docker compose config`
where one of them is installed.
"""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dropwire.prefect_client import RETENTION

ROOT = Path(__file__).resolve().parents[1]
RAW: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = RAW["services"]
ONE_SHOT = {"mongo-init", "deploy"}
PASSWORDS = ("MONGO_ROOT_PASSWORD", "MONGO_APP_PASSWORD", "POSTGRES_PASSWORD")

# A variable as Compose writes it: the name, then a default or a message.
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def compose_command() -> list[str] | None:
    """The installed Compose, or None. The docker client alone, without its plugin, has none."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker"):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if plugin.returncode == 0:
            return ["docker", "compose"]
    return None


COMPOSE = compose_command()
needs_compose = pytest.mark.skipif(COMPOSE is None, reason="neither docker-compose nor docker compose is installed")


def compose_config(env_file: Path) -> subprocess.CompletedProcess[str]:
    assert COMPOSE is not None
    # Nothing of the caller's environment may stand in for what the file needs.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [*COMPOSE, "--env-file", str(env_file), "-f", "docker-compose.yml", "config"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def write_env(folder: Path, **values: str) -> Path:
    path = folder / "test.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()), "utf-8")
    return path


@pytest.fixture
def resolved(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """The services as Compose understands them, with dummy passwords."""
    result = compose_config(write_env(tmp_path, **{name: f"dummy-{name.lower()}" for name in PASSWORDS}))
    assert result.returncode == 0, result.stderr
    services = yaml.safe_load(result.stdout)["services"]
    assert isinstance(services, dict)
    return services


def published(service: dict[str, Any]) -> list[tuple[str, str]]:
    """(host address, container port) of each published port, from the short form or Compose 2's long form."""
    ports = []
    for port in service.get("ports", []):
        if isinstance(port, dict):
            ports.append((str(port.get("host_ip", "")), str(port["target"])))
        else:
            plain = VARIABLE.sub("0", port)
            *host, _, container = plain.split(":")
            ports.append((":".join(host), container.partition("/")[0]))
    return ports


def check_services(services: dict[str, dict[str, Any]]) -> None:
    """What must hold for the file as it is written and for what Compose makes of it."""
    assert set(services) == {"mongo", "mongo-init", "postgres", "prefect-server", "deploy", "worker", "metrics"}
    for name, service in services.items():
        for address, _ in published(service):
            assert address == "127.0.0.1", f"{name} publishes a port on {address or 'every address'}"
        assert not service.get("privileged"), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"]["max-size"], name

        if name in ONE_SHOT:
            assert service["restart"] == "on-failure", name
        else:
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"][0] == "CMD", name

        tag = service["image"].rpartition(":")[2]
        assert re.match(r"\d", tag), f"{name}: the image {service['image']} has no version"

        for other, wait in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            if (name, other) == ("mongo-init", "mongo"):
                wanted = "service_started"  # mongo is healthy only after mongo-init
            assert wait["condition"] == wanted, f"{name} waits for {other}"

    ports = {name: [port for _, port in published(service)] for name, service in services.items()}
    assert {name: found for name, found in ports.items() if found} == {
        "mongo": ["27017"],
        "prefect-server": ["4200"],
        "metrics": ["9464"],
    }


def test_file_as_written() -> None:
    check_services(SERVICES)


@needs_compose
def test_file_as_compose_reads_it(resolved: dict[str, dict[str, Any]]) -> None:
    check_services(resolved)
    assert resolved["worker"]["environment"]["DROPWIRE_MONGODB_URI"] == (
        "mongodb://dropwire:dummy-mongo_app_password@mongo:27017/dropwire?replicaSet=rs0&authSource=dropwire"
    )
    # Nobody but the service that makes the users gets the root password.
    for name, service in resolved.items():
        shown = "dummy-mongo_root_password" in yaml.safe_dump(service)
        assert shown == (name == "mongo-init"), name


@needs_compose
@pytest.mark.parametrize("missing", PASSWORDS)
def test_missing_password_stops_compose_and_is_named(missing: str, tmp_path: Path) -> None:
    values = {name: "dummy" for name in PASSWORDS if name != missing}
    result = compose_config(write_env(tmp_path, **values, **{missing: ""}))
    assert result.returncode != 0
    assert f"set {missing} in .env" in result.stderr


def test_no_password_is_written_in_the_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            for found in VARIABLE.finditer(str(value)):
                variable, operator, _ = found.groups()
                assert operator == (":?" if variable in PASSWORDS else ":-"), f"{name}: {key}"
            if "PASSWORD" in key:
                assert VARIABLE.fullmatch(value), f"{name}: {key} is not a variable"
            login = re.search(r"://[^:@/]+:(.*)@", str(value))
            if login:
                assert VARIABLE.fullmatch(login[1]), f"{name}: {key} has a password in it"


def test_env_example_has_every_variable_and_no_password() -> None:
    example = dict(
        line.split("=", 1)
        for line in (ROOT / ".env.example").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    )
    used: dict[str, str] = {}
    for found in VARIABLE.finditer((ROOT / "docker-compose.yml").read_text("utf-8")):
        used[found[1]] = "" if found[2] == ":?" else found[3]
    # COMPOSE_PROJECT_NAME is read by Compose itself.
    assert example == used | {"COMPOSE_PROJECT_NAME": "dropwire"}
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").split()


def test_prefect_server_forgets_old_runs() -> None:
    assert {name: SERVICES["prefect-server"]["environment"].get(name) for name in RETENTION} == RETENTION


def test_prefect_server_is_the_version_that_the_lock_file_has() -> None:
    locked = re.search(r"^prefect==(\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    assert locked is not None
    assert SERVICES["prefect-server"]["image"] == f"prefecthq/prefect:{locked[1]}-python3.12"


def test_dockerfile_installs_by_hash_names_no_host_and_drops_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert "://" not in dockerfile
    assert "--index" not in dockerfile
    assert "pip install --no-deps --require-hashes" in dockerfile
    assert dockerfile.index("\nUSER dropwire\n") < dockerfile.index("\nCMD ")


def test_the_dockerfile_copies_every_package() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    copied = re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert {name.partition(".")[0] for name in listed} <= set(copied)


def test_what_the_dockerfile_copies_exists_and_is_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    sources = {source for line in copies for source in line.split()}
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert Path(source).parts[0] in kept, source


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "docker").glob("*.sh")))
def test_shell_script_parses(script: str) -> None:
    subprocess.run(["sh", "-n", str(ROOT / "docker" / script)], check=True)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "docker").glob("*.js")))
def test_mongosh_script_parses(script: str) -> None:
    subprocess.run(["node", "--check", str(ROOT / "docker" / script)], check=True)


def test_files_that_services_name_exist() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    for name in re.findall(r"/dropwire/([\w.-]+)", text) + re.findall(r"docker/([\w.-]+\.\w+)", text):
        assert (ROOT / "docker" / name).is_file(), name


def test_deployment_is_scheduled_never_overlaps_and_uses_the_workers_pool() -> None:
    prefect = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))
    drops, *by_hand = prefect["deployments"]
    assert drops["schedules"] == [{"cron": "*/15 * * * *", "timezone": "UTC", "active": True}]
    assert not any(deployment["schedules"] for deployment in by_hand)
    for deployment in prefect["deployments"]:
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
        # Prefect replaces an unset {{ $VARIABLE }} by nothing: the flow would be told to read "".
        assert "{{" not in str(deployment)
    (pool,) = {deployment["work_pool"]["name"] for deployment in prefect["deployments"]}
    assert f"--pool {pool} " in (ROOT / "docker/worker.sh").read_text("utf-8")
    assert f"pool={pool}\n" in (ROOT / "docker/register.sh").read_text("utf-8")

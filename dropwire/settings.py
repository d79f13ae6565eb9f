"""Settings, from the environment only (`DROPWIRE_…`)."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one command."""

    model_config = SettingsConfigDict(env_prefix="DROPWIRE_")

    mongodb_uri: SecretStr | None = Field(
        default=None, description="The MongoDB to use; without it, the embedded store in the data folder."
    )
    data_dir: Path = Field(
        default=Path("data"), description="The folder of the embedded store, relative to where you are."
    )

"""Checks before the page is opened, without heavy imports: users, model, data folder, port."""

import socket

from rag.errors import ConfigError
from rag.models.chat import chosen_model
from rag.settings import Settings
from rag.store.data_folder import make_data_folder
from rag.store.users import require_users_beyond_loopback


def listen(settings: Settings, host: str, port: int) -> socket.socket:
    """The open port of the page.

    Raises ConfigError where the port, the model or the data folder cannot be used, or where other machines could reach
    the page and there are no users.
    """
    require_users_beyond_loopback(host, settings)
    chosen_model(settings)
    make_data_folder(settings.data_dir)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        free = port + 1 if port < 65535 else port - 1
        why = (error.strerror or str(error)).partition(" (while ")[0]  # Python repeats the address there
        raise ConfigError(
            f"port {port!r} of {host!r} cannot be used ({why}): choose another, for instance with "
            f"`rag serve --port {free}` or `make run PORT={free}`"
        ) from None

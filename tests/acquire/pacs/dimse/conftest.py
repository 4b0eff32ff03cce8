"""A Storage and Query SCP that a test tells how to behave."""

import threading
from collections.abc import Callable, Iterator

import pytest
from pynetdicom import AE, AllStoragePresentationContexts, _config, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

MODELS = (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)
EVENTS = {"find": evt.EVT_C_FIND, "get": evt.EVT_C_GET, "move": evt.EVT_C_MOVE, "store": evt.EVT_C_STORE}


@pytest.fixture(scope="module")
def servers() -> Iterator[list]:
    """Every server of a module; they are ended together, since each takes half a second."""
    made: list = []
    yield made
    ends = [threading.Thread(target=server.shutdown) for server in made]
    for end in ends:
        end.start()
    for end in ends:
        end.join()


@pytest.fixture
def scp(servers: list, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Starts one; its address. Each keyword is what it does when asked so."""
    monkeypatch.setattr(_config, "UNRESTRICTED_STORAGE_SERVICE", False)  # our receiver sets it for the process

    def start(syntaxes: list[str] | None = None, **does) -> str:
        entity = AE("PACS")
        entity.require_called_aet = True
        entity.network_timeout = 5
        for model in MODELS:
            entity.add_supported_context(model)
        for context in AllStoragePresentationContexts[:60] if syntaxes != [] else []:
            entity.add_supported_context(
                context.abstract_syntax, syntaxes or context.transfer_syntax, scu_role=True, scp_role=True
            )
        handlers = [(EVENTS[name], deed) for name, deed in does.items()]
        servers.append(entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers))
        return f"dicom://PACS@127.0.0.1:{servers[-1].server_address[1]}"

    return start

"""The face to the network: what a hospital sends by DICOMweb comes in here."""

from vivomap.serve.app import application
from vivomap.serve.deeds import Came, Deeds
from vivomap.serve.server import Certificates, Server, start

__all__ = ["Came", "Certificates", "Deeds", "Server", "application", "start"]

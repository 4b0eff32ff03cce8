"""Be sent to: what PACS and scanners send is kept as it came, and judged afterwards."""

from vivomap.acquire.receive.judge import Validator
from vivomap.acquire.receive.peers import Peer, peer
from vivomap.acquire.receive.scp import Arrived, Deeds, Door, Receiver, start
from vivomap.acquire.receive.tls import Certificates

__all__ = ["Arrived", "Certificates", "Deeds", "Door", "Peer", "Receiver", "Validator", "peer", "start"]

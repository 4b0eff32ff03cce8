"""The record of the show: what is sent by either way is acknowledged and kept."""

import json
from pathlib import Path

from vivomap.cli.stage import record
from vivomap.report import mllp, rest

MESSAGE = "MSH|^~\\&|VIVOMAP||||20260101||ORU^R01^ORU_R01|C1|P|2.5.1\rPID|1||P1\r"


def test_a_message_is_acknowledged_by_its_id_and_kept_as_it_came(tmp_path: Path) -> None:
    with record.running(tmp_path / "record") as there:
        got = mllp.send(MESSAGE, mllp.receiver(there.mllp))
        assert (got.state, got.code) == ("taken", "AA")
        (kept,) = there.messages()
    assert kept.read_bytes().decode() == MESSAGE


def test_a_bundle_is_answered_entry_by_entry_and_kept(tmp_path: Path) -> None:
    bundle = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{}, {}]}).encode()
    with record.running(tmp_path / "record") as there:
        assert rest.post(bundle, rest.server(there.fhir)).state == "sent"
        (kept,) = there.bundles()
    assert kept.read_bytes() == bundle

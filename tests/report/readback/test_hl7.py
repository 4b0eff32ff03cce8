"""A message written by hand: the reader knows its numbers, and undoes what was escaped."""

import pytest

from vivomap.report.readback.hl7 import plain, read

HAND = "\r".join(
    (
        "MSH|^~\\&|X|Y|||20260101||ORU^R01^ORU_R01|1|P|2.5.1",
        "OBX|1|TX|tracking_uid^Tracking UID^99VIVOMAP|1|1.2.3||||||P",
        "OBX|2|NM|long_axis^Long axis^99VIVOMAP^103339001^Long axis^SCT|1|12.5|mm^mm^UCUM|||||P",
        "NTE|1|L|claim aa",
        "NTE|2|L|anything",
        "OBX|3|NM|long_axis.u^Error^99VIVOMAP|1|0.5|mm^mm^UCUM|||||P",
        "OBX|4|NM|long_axis^Long axis^99VIVOMAP|1.2|7|mm^mm^UCUM|||||P",
        "NTE|1|L|claim bb",
        "OBX|5|NM|long_axis.u^Error^99VIVOMAP|1.2|0.25|mm^mm^UCUM|||||P",
        "OBX|6|TX|verdict^Verdict^99VIVOMAP|0|PR||||||P",
        "NTE|1|L|claim cc",
        "OBX|7|NM|p^Chance^99VIVOMAP|0|0.5|1^1^UCUM|||||P",
        "NTE|1|L|claim dd",
        "",
    )
)


def test_a_number_has_its_error_its_code_and_its_lesion() -> None:
    found = read({"a.hl7": HAND.encode()})
    assert found["aa"] == (12.5, "mm", 0.5, "103339001", "1.2.3")
    assert found["bb"] == (7.0, "mm", 0.25, "long_axis", "1.2.3")
    assert set(found) == {"aa", "bb"}


def test_an_error_in_another_unit_is_no_error_of_this_number() -> None:
    with pytest.raises(ValueError, match="uncertainty in 'cm'"):
        read({"a.hl7": HAND.replace("|0.5|mm^mm", "|0.5|cm^cm").encode()})


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(ValueError, match="no HL7"):
        read({"a.hl7": b"PID|1"})


def test_every_escape_is_undone() -> None:
    assert plain(r"a\F\b\S\c\T\d\R\e\E\f\X0A\g") == "a|b^c&d~e\\f\ng"

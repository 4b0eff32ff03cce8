from pydicom.datadict import dictionary_VR, keyword_for_tag, private_dictionary_VR

from vivomap.acquire.dicom import tags


def test_every_name_is_the_keyword_of_its_tag() -> None:
    assert {tag: keyword_for_tag(tag) for tag in tags.NAMES} == tags.NAMES


def test_implicit_files_are_read_by_the_representation_of_the_dictionary() -> None:
    for tag, name in tags.NAMES.items():
        meant = tags.IMPLICIT_BINARY.get(name, b"SQ" if name in tags.SEQUENCES else b"LO")
        binary = dictionary_VR(tag) in ("US", "FD", "SQ", "UL", "SS")
        assert (meant.decode() == dictionary_VR(tag)) if binary else meant == b"LO", name


def test_private_elements_are_those_of_their_creator() -> None:
    for (group, creator, element), (_, vr) in tags.PRIVATE.items():
        if creator in ("SIEMENS MR HEADER", "Philips Imaging DD 001", "GEMS_PARM_01"):
            assert private_dictionary_VR((group << 16) | 0x1000 | element, creator) == vr.decode()

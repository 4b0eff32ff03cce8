"""The table of molecules: whole, and with as many protons as each has."""

from vivomap.maths.spectroscopy.molecules import LIPIDS, MACROMOLECULES, MOLECULES

PROTONS = {"NAA": 6, "Cr": 5, "PCr": 5, "GPC": 18, "PCh": 13, "Glu": 5, "Gln": 5, "mI": 6, "sI": 6, "Lac": 4}
PROTONS |= {"Ala": 4, "GABA": 6, "2HG": 5, "Tau": 4, "Asp": 3, "GSH": 10, "NAAG": 11}


def test_each_molecule_has_its_protons() -> None:
    for name, count in PROTONS.items():
        assert sum(len(part.ppm) * part.copies for part in MOLECULES[name]) == count, name


def test_couplings_join_spins_that_are_there_once() -> None:
    for parts in MOLECULES.values():
        for part in parts:
            pairs = [(a, b) for a, b, _ in part.hz]
            assert len(set(pairs)) == len(pairs)
            assert all(0 <= a < b < len(part.ppm) for a, b in pairs)


def test_humps_lie_where_the_spectrum_is_fitted() -> None:
    assert all(0.5 < h.ppm < 3.5 and h.width_ppm > 0 for humps in (MACROMOLECULES | LIPIDS).values() for h in humps)

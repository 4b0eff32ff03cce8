"""The coded concepts of functional imaging and texture: diffusion, perfusion, permeability, relaxation, IBSI features.

Who writes a report and who reads one take them from here. The IBSI's own identifiers stand in the source of each card;
as codes of a report ours are used, since no reader of DICOM knows the IBSI scheme.
"""

from __future__ import annotations

from vivomap.core.concept import Coded, Concept, own

OWN: dict[str, Concept] = {
    c.value: c
    for c in (
        own("IVIM_D", "IVIM: diffusion coefficient D"),
        own("IVIM_F", "IVIM: perfusion fraction f"),
        own("IVIM_DSTAR", "IVIM: pseudo-diffusion coefficient D*"),
        own("FREE_WATER", "Free water fraction"),
        own("FA_TISSUE", "Fractional anisotropy without free water"),
        own("TRACT_FA", "Fractional anisotropy along the tract"),
        own("TRACT_Z", "Anisotropy along the tract against controls, z"),
        own("TRACT_LOAD", "Lesion load of the tract"),
        own("TRACT_CUT", "Disconnection of the tract"),
        own("POPULATION_AIF", "Extended Tofts model, population arterial input"),
        own("PATLAK", "Patlak model"),
        own("EXCHANGE", "Two-compartment exchange model"),
        own("PLASMA_FLOW", "Plasma flow"),
        own("PS", "Permeability surface area product"),
        own("TOFTS_RESIDUAL", "Residual of the extended Tofts model"),
        own("T1", "Longitudinal relaxation time T1"),
        own("T2", "Transverse relaxation time T2"),
        own("MTR", "Magnetisation transfer ratio"),
        own("CBF", "Cerebral blood flow"),
        own("CENTILE_90", "90th centile"),
        own("FTB_1_00", "Share of tumour with rCBV above 1.0"),
        own("FTB_1_75", "Share of tumour with rCBV above 1.75"),
        own("LEAKAGE_K1", "Leakage coefficient K1"),
        own("LEAKAGE_K2", "Leakage coefficient K2"),
        own("PSR", "Percentage of signal recovery"),
        own("ASL", "Arterial spin labelling"),
        own("CT_ENTROPY", "CT: intensity histogram entropy"),
        own("CT_UNIFORMITY", "CT: intensity histogram uniformity"),
        own("CT_JOINT_ENTROPY", "CT: grey level co-occurrence, joint entropy"),
        own("CT_CONTRAST", "CT: grey level co-occurrence, contrast"),
        own("CT_CORRELATION", "CT: grey level co-occurrence, correlation"),
        own("CT_HOMOGENEITY", "CT: grey level co-occurrence, homogeneity"),
        own("CT_COARSENESS", "CT: neighbourhood grey tone difference, coarseness"),
        own("SUV_ENTROPY", "SUV: intensity histogram entropy"),
        own("SUV_J_ENTROPY", "SUV: grey level co-occurrence, joint entropy"),
        own("SPHERICITY", "Sphericity (IBSI)"),
    )
}
EXTENDED = Concept("126341", "DCM", "Extended Tofts Model")
AUTOMATIC = Concept("126363", "DCM", "Automatically Detected AIF ROI")
KTRANS, KEP = Concept("126312", "DCM", "Ktrans"), Concept("126313", "DCM", "kep")
VE, VP = Concept("126314", "DCM", "ve"), Concept("126331", "DCM", "vp")
BLOOD_VOLUME = Concept("126391", "DCM", "Absolute Regional Blood Volume")
RELATIVE = Concept("126398", "DCM", "Relative Regional Blood Volume")
TRANSIT = Concept("113052", "DCM", "Mean Transit Time")

BIOMARKERS: dict[str, Coded] = {
    "ivim_diffusion": Coded(OWN["IVIM_D"]),
    "ivim_fraction": Coded(OWN["IVIM_F"]),
    "ivim_pseudodiffusion": Coded(OWN["IVIM_DSTAR"]),
    "kurtosis_diffusion": Coded(Concept("113294", "DCM", "Kurtosis Diffusion Coefficient")),
    "apparent_kurtosis": Coded(Concept("113206", "DCM", "Apparent Kurtosis Coefficient")),
    "fractional_anisotropy": Coded(Concept("110808", "DCM", "Fractional Anisotropy")),
    "mean_diffusivity": Coded(Concept("113202", "DCM", "Mean Diffusivity")),
    "radial_diffusivity": Coded(Concept("113203", "DCM", "Radial Diffusivity")),
    "axial_diffusivity": Coded(Concept("113204", "DCM", "Axial Diffusivity")),
    "free_water_fraction": Coded(OWN["FREE_WATER"]),
    "tissue_anisotropy": Coded(OWN["FA_TISSUE"]),
    "tract_fa": Coded(OWN["TRACT_FA"]),
    "tract_z": Coded(OWN["TRACT_Z"]),
    "tract_lesion_load": Coded(OWN["TRACT_LOAD"]),
    "tract_disconnection": Coded(OWN["TRACT_CUT"]),
    "ktrans": Coded(KTRANS, None, EXTENDED),
    "ve": Coded(VE, None, EXTENDED),
    "vp": Coded(VP, None, EXTENDED),
    "kep": Coded(KEP, None, EXTENDED),
    "ktrans_population": Coded(KTRANS, None, OWN["POPULATION_AIF"]),
    "ve_population": Coded(VE, None, OWN["POPULATION_AIF"]),
    "vp_population": Coded(VP, None, OWN["POPULATION_AIF"]),
    "kep_population": Coded(KEP, None, OWN["POPULATION_AIF"]),
    "patlak_ktrans": Coded(KTRANS, None, OWN["PATLAK"]),
    "patlak_vp": Coded(VP, None, OWN["PATLAK"]),
    "plasma_flow": Coded(OWN["PLASMA_FLOW"], None, OWN["EXCHANGE"]),
    "exchange_ps": Coded(OWN["PS"], None, OWN["EXCHANGE"]),
    "exchange_ve": Coded(VE, None, OWN["EXCHANGE"]),
    "exchange_vp": Coded(VP, None, OWN["EXCHANGE"]),
    "iauc60": Coded(Concept("126321", "DCM", "IAUC60")),
    "iauc90": Coded(Concept("126322", "DCM", "IAUC90")),
    "tofts_residual": Coded(OWN["TOFTS_RESIDUAL"]),
    "t1": Coded(OWN["T1"]),
    "t2": Coded(OWN["T2"]),
    "mtr": Coded(OWN["MTR"]),
    "rcbv": Coded(RELATIVE),
    "rcbv_p90": Coded(RELATIVE, OWN["CENTILE_90"]),
    "ftb_1_00": Coded(OWN["FTB_1_00"]),
    "ftb_1_75": Coded(OWN["FTB_1_75"]),
    "leakage_k1": Coded(OWN["LEAKAGE_K1"]),
    "leakage_k2": Coded(OWN["LEAKAGE_K2"]),
    "signal_recovery": Coded(OWN["PSR"]),
    "time_to_peak": Coded(Concept("113069", "DCM", "Time To Peak")),
    "cbv": Coded(BLOOD_VOLUME),
    "cbv_automatic": Coded(BLOOD_VOLUME, None, AUTOMATIC),
    "cbf": Coded(OWN["CBF"]),
    "cbf_automatic": Coded(OWN["CBF"], None, AUTOMATIC),
    "mtt": Coded(TRANSIT),
    "mtt_automatic": Coded(TRANSIT, None, AUTOMATIC),
    "asl_cbf": Coded(OWN["CBF"], None, OWN["ASL"]),
    "ct_entropy": Coded(OWN["CT_ENTROPY"]),
    "ct_uniformity": Coded(OWN["CT_UNIFORMITY"]),
    "ct_joint_entropy": Coded(OWN["CT_JOINT_ENTROPY"]),
    "ct_contrast": Coded(OWN["CT_CONTRAST"]),
    "ct_correlation": Coded(OWN["CT_CORRELATION"]),
    "ct_homogeneity": Coded(OWN["CT_HOMOGENEITY"]),
    "ct_coarseness": Coded(OWN["CT_COARSENESS"]),
    "suv_entropy": Coded(OWN["SUV_ENTROPY"]),
    "suv_joint_entropy": Coded(OWN["SUV_J_ENTROPY"]),
    "sphericity": Coded(OWN["SPHERICITY"]),
}

UNITS: dict[str, str] = {
    name: unit
    for unit, names in {
        "mm2/s": (
            "ivim_diffusion",
            "ivim_pseudodiffusion",
            "kurtosis_diffusion",
            "mean_diffusivity",
            "radial_diffusivity",
            "axial_diffusivity",
        ),
        "1": (
            "ivim_fraction",
            "apparent_kurtosis",
            "fractional_anisotropy",
            "free_water_fraction",
            "tissue_anisotropy",
            "tract_fa",
            "tract_z",
            "ve",
            "vp",
            "ve_population",
            "vp_population",
            "patlak_vp",
            "exchange_ve",
            "exchange_vp",
            "rcbv",
            "rcbv_p90",
            "leakage_k1",
            "ct_entropy",
            "ct_uniformity",
            "ct_joint_entropy",
            "ct_contrast",
            "ct_correlation",
            "ct_homogeneity",
            "ct_coarseness",
            "suv_entropy",
            "suv_joint_entropy",
            "sphericity",
        ),
        "%": (
            "tract_lesion_load",
            "tract_disconnection",
            "mtr",
            "ftb_1_00",
            "ftb_1_75",
            "signal_recovery",
        ),
        "/min": (
            "ktrans",
            "kep",
            "ktrans_population",
            "kep_population",
            "patlak_ktrans",
            "plasma_flow",
            "exchange_ps",
        ),
        "mmol.min/L": (
            "iauc60",
            "iauc90",
        ),
        "mmol/L": ("tofts_residual",),
        "ms": (
            "t1",
            "t2",
        ),
        "/s": ("leakage_k2",),
        "s": (
            "time_to_peak",
            "mtt",
            "mtt_automatic",
        ),
        "mL/(100.mL)": (
            "cbv",
            "cbv_automatic",
        ),
        "mL/min/(100.g)": (
            "cbf",
            "cbf_automatic",
            "asl_cbf",
        ),
    }.items()
    for name in names
}

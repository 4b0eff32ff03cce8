"""How each number is coded and in which unit it is carried: one line each, for who writes reports and who reads them.

A near miss of a public code is never borrowed: what has none is a concept of our own scheme. The IBSI's identifiers
stand in the source of each card; as codes of a report ours are used, since no reader of DICOM knows the IBSI scheme.
"""

from __future__ import annotations

from vivomap.core.concept import Coded, Concept, Line, own

OWN: dict[str, Concept] = {
    c.value: c
    for c in (
        own("FTV", "Functional tumour volume"),
        own("PE", "Percent enhancement"),
        own("SER", "Signal enhancement ratio"),
        own("VOXEL_COUNT", "Number of voxels in the region"),
        own("CENTILE_10", "10th centile"),
        own("MESH", "Volume inside the triangulated surface"),
        own("MTV_41", "Voxels of at least 41 % of the maximum"),
        own("MTV_FIXED", "Voxels of at least SUV 4"),
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
MEAN = Concept("373098007", "SCT", "Mean")
MAXIMUM = Concept("56851009", "SCT", "Maximum")
SPREAD = Concept("386136009", "SCT", "Standard Deviation")
PEAK = Concept("126031", "DCM", "Peak Value Within ROI")
VOLUME = Concept("118565006", "SCT", "Volume")
VOXEL_SUM = Concept("126030", "DCM", "Sum of segmented voxel method for volume")
METABOLIC = Concept("126032", "DCM", "Metabolic Volume")
ADC = Concept("113041", "DCM", "Apparent Diffusion Coefficient")
LIVER = Concept("10200004", "SCT", "Liver")
SUV_BW = Concept("126401", "DCM", "SUVbw")
SUV_LBM = Concept("126402", "DCM", "SUVlbm")
EXTENDED = Concept("126341", "DCM", "Extended Tofts Model")
AUTOMATIC = Concept("126363", "DCM", "Automatically Detected AIF ROI")
KTRANS, KEP = Concept("126312", "DCM", "Ktrans"), Concept("126313", "DCM", "kep")
VE, VP = Concept("126314", "DCM", "ve"), Concept("126331", "DCM", "vp")
BLOOD_VOLUME = Concept("126391", "DCM", "Absolute Regional Blood Volume")
RELATIVE = Concept("126398", "DCM", "Relative Regional Blood Volume")
TRANSIT = Concept("113052", "DCM", "Mean Transit Time")
OWN_FIT = Concept("113290", "DCM", "Mono-exponential Apparent Diffusion Coefficient")

LINES: dict[str, Line] = {
    "volume": Line(Coded(VOLUME, None, VOXEL_SUM), "mL"),
    "mesh_volume": Line(Coded(VOLUME, None, OWN["MESH"]), "mL"),
    "long_axis": Line(Coded(Concept("103339001", "SCT", "Long axis")), "mm"),
    "short_axis": Line(Coded(Concept("103340004", "SCT", "Short axis")), "mm"),
    "density": Line(Coded(Concept("112031", "DCM", "Attenuation Coefficient"), MEAN), "[hnsf'U]"),
    "voxel_count": Line(Coded(OWN["VOXEL_COUNT"]), "1"),
    "mean_adc": Line(Coded(ADC, MEAN), "mm2/s"),
    "fitted_adc": Line(Coded(ADC, MEAN, OWN_FIT), "mm2/s"),
    "adc_p10": Line(Coded(ADC, OWN["CENTILE_10"]), "mm2/s"),
    "suv_max": Line(Coded(SUV_BW, MAXIMUM), "g/ml{SUVbw}"),
    "suv_mean": Line(Coded(SUV_BW, MEAN), "g/ml{SUVbw}"),
    "sul_peak": Line(Coded(SUV_LBM, PEAK), "g/ml{SUVlbm}"),
    "liver_sul": Line(Coded(SUV_LBM, MEAN, None, LIVER), "g/ml{SUVlbm}"),
    "liver_sul_sd": Line(Coded(SUV_LBM, SPREAD, None, LIVER), "g/ml{SUVlbm}"),
    "mtv_41": Line(Coded(METABOLIC, None, OWN["MTV_41"]), "mL"),
    "mtv_fixed": Line(Coded(METABOLIC, None, OWN["MTV_FIXED"]), "mL"),
    "tlg": Line(Coded(Concept("126033", "DCM", "Total Lesion Glycolysis")), "g"),
    "functional_tumour_volume": Line(Coded(OWN["FTV"]), "mL"),
    "percent_enhancement": Line(Coded(OWN["PE"]), "%"),
    "signal_enhancement_ratio": Line(Coded(OWN["SER"]), "1"),
    "ivim_diffusion": Line(Coded(OWN["IVIM_D"]), "mm2/s"),
    "ivim_fraction": Line(Coded(OWN["IVIM_F"]), "1"),
    "ivim_pseudodiffusion": Line(Coded(OWN["IVIM_DSTAR"]), "mm2/s"),
    "kurtosis_diffusion": Line(Coded(Concept("113294", "DCM", "Kurtosis Diffusion Coefficient")), "mm2/s", "dki_diff"),
    "apparent_kurtosis": Line(Coded(Concept("113206", "DCM", "Apparent Kurtosis Coefficient")), "1", "app_kurtosis"),
    "fractional_anisotropy": Line(Coded(Concept("110808", "DCM", "Fractional Anisotropy")), "1", "fa"),
    "mean_diffusivity": Line(Coded(Concept("113202", "DCM", "Mean Diffusivity")), "mm2/s", "mean_diff"),
    "radial_diffusivity": Line(Coded(Concept("113203", "DCM", "Radial Diffusivity")), "mm2/s", "radial_diff"),
    "axial_diffusivity": Line(Coded(Concept("113204", "DCM", "Axial Diffusivity")), "mm2/s", "axial_diff"),
    "free_water_fraction": Line(Coded(OWN["FREE_WATER"]), "1"),
    "tissue_anisotropy": Line(Coded(OWN["FA_TISSUE"]), "1"),
    "tract_fa": Line(Coded(OWN["TRACT_FA"]), "1"),
    "tract_z": Line(Coded(OWN["TRACT_Z"]), "1"),
    "tract_lesion_load": Line(Coded(OWN["TRACT_LOAD"]), "%"),
    "tract_disconnection": Line(Coded(OWN["TRACT_CUT"]), "%"),
    "ktrans": Line(Coded(KTRANS, None, EXTENDED), "/min"),
    "ve": Line(Coded(VE, None, EXTENDED), "1"),
    "vp": Line(Coded(VP, None, EXTENDED), "1"),
    "kep": Line(Coded(KEP, None, EXTENDED), "/min"),
    "ktrans_population": Line(Coded(KTRANS, None, OWN["POPULATION_AIF"]), "/min", "ktrans_pop"),
    "ve_population": Line(Coded(VE, None, OWN["POPULATION_AIF"]), "1", "ve_pop"),
    "vp_population": Line(Coded(VP, None, OWN["POPULATION_AIF"]), "1", "vp_pop"),
    "kep_population": Line(Coded(KEP, None, OWN["POPULATION_AIF"]), "/min", "kep_pop"),
    "patlak_ktrans": Line(Coded(KTRANS, None, OWN["PATLAK"]), "/min", "patlak_kt"),
    "patlak_vp": Line(Coded(VP, None, OWN["PATLAK"]), "1"),
    "plasma_flow": Line(Coded(OWN["PLASMA_FLOW"], None, OWN["EXCHANGE"]), "/min"),
    "exchange_ps": Line(Coded(OWN["PS"], None, OWN["EXCHANGE"]), "/min"),
    "exchange_ve": Line(Coded(VE, None, OWN["EXCHANGE"]), "1"),
    "exchange_vp": Line(Coded(VP, None, OWN["EXCHANGE"]), "1"),
    "iauc60": Line(Coded(Concept("126321", "DCM", "IAUC60")), "mmol.min/L"),
    "iauc90": Line(Coded(Concept("126322", "DCM", "IAUC90")), "mmol.min/L"),
    "tofts_residual": Line(Coded(OWN["TOFTS_RESIDUAL"]), "mmol/L", "tofts_resid"),
    "t1": Line(Coded(OWN["T1"]), "ms"),
    "t2": Line(Coded(OWN["T2"]), "ms"),
    "mtr": Line(Coded(OWN["MTR"]), "%"),
    "rcbv": Line(Coded(RELATIVE), "1"),
    "rcbv_p90": Line(Coded(RELATIVE, OWN["CENTILE_90"]), "1"),
    "ftb_1_00": Line(Coded(OWN["FTB_1_00"]), "%"),
    "ftb_1_75": Line(Coded(OWN["FTB_1_75"]), "%"),
    "leakage_k1": Line(Coded(OWN["LEAKAGE_K1"]), "1"),
    "leakage_k2": Line(Coded(OWN["LEAKAGE_K2"]), "/s"),
    "signal_recovery": Line(Coded(OWN["PSR"]), "%", "psr"),
    "time_to_peak": Line(Coded(Concept("113069", "DCM", "Time To Peak")), "s"),
    "cbv": Line(Coded(BLOOD_VOLUME), "mL/(100.mL)"),
    "cbv_automatic": Line(Coded(BLOOD_VOLUME, None, AUTOMATIC), "mL/(100.mL)", "cbv_auto"),
    "cbf": Line(Coded(OWN["CBF"]), "mL/min/(100.g)"),
    "cbf_automatic": Line(Coded(OWN["CBF"], None, AUTOMATIC), "mL/min/(100.g)", "cbf_auto"),
    "mtt": Line(Coded(TRANSIT), "s"),
    "mtt_automatic": Line(Coded(TRANSIT, None, AUTOMATIC), "s", "mtt_auto"),
    "asl_cbf": Line(Coded(OWN["CBF"], None, OWN["ASL"]), "mL/min/(100.g)"),
    "ct_entropy": Line(Coded(OWN["CT_ENTROPY"]), "1"),
    "ct_uniformity": Line(Coded(OWN["CT_UNIFORMITY"]), "1", "ct_uniform"),
    "ct_joint_entropy": Line(Coded(OWN["CT_JOINT_ENTROPY"]), "1", "ct_joint_ent"),
    "ct_contrast": Line(Coded(OWN["CT_CONTRAST"]), "1"),
    "ct_correlation": Line(Coded(OWN["CT_CORRELATION"]), "1", "ct_corr"),
    "ct_homogeneity": Line(Coded(OWN["CT_HOMOGENEITY"]), "1", "ct_homogen"),
    "ct_coarseness": Line(Coded(OWN["CT_COARSENESS"]), "1", "ct_coarse"),
    "suv_entropy": Line(Coded(OWN["SUV_ENTROPY"]), "1"),
    "suv_joint_entropy": Line(Coded(OWN["SUV_J_ENTROPY"]), "1", "suv_j_ent"),
    "sphericity": Line(Coded(OWN["SPHERICITY"]), "1"),
}
BIOMARKERS: dict[str, Coded] = {name: line.coded for name, line in LINES.items()}

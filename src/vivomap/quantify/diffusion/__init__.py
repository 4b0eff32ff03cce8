"""How water moves: freely (ADC), beside flowing blood (IVIM), hindered (kurtosis)."""

from vivomap.quantify.diffusion.adc import ADC_P10, FITTED_ADC, MEAN_ADC, adc_p10, fitted_adc, mean_adc

__all__ = ["ADC_P10", "FITTED_ADC", "MEAN_ADC", "adc_p10", "fitted_adc", "mean_adc"]

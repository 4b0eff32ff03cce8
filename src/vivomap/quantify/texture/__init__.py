"""How uneven a lesion is inside, and in what shape: radiomics by the definitions of IBSI 1, every step on one card."""

"""How directed water moves: the diffusion tensor of white matter, and its numbers."""
